/** What Ironbark does for other agents and for developers: one function per skill, used by A2A and MCP alike. */
export { analyze, analyzeFiles, AnalyzeSchema } from "./analyze.ts";
export { classify, ClassifySchema } from "./classify.ts";
export { explain, ExplainSchema } from "./explain.ts";
export { jsonIn } from "../util/json-in.ts";
export { GivenPatchSchema, patchCode, PatchInputSchema } from "./patch.ts";
export { createPlayer, PlaySchema, type Player } from "./play.ts";
export { readFolder, type ReadFolder } from "./source-folder.ts";
export { triage, TriageSchema } from "./triage.ts";
export * from "./types.ts";
