/** The scanner: a tree of sources in, findings with evidence out. */
export { knownAdvice, type Advice } from "./advice.ts";
export { baselineText, readBaseline } from "./baseline.ts";
export { filesAt } from "./changed.ts";
export { readSource, SkippedFile } from "./content.ts";
export { unifiedDiff } from "./diff.ts";
export { reasons, toMarkdown } from "./markdown.ts";
export { toSarif, type SarifOptions } from "./sarif.ts";
export { createModelJudge, type ModelJudge, type ModelOptions } from "./model.ts";
export { analyse, READABLE, scanTree, type ScanOptions } from "./scan.ts";
export { TEST_LIMITS, testPatches } from "./test-command.ts";
export * from "./types.ts";
export { verifyFindings, type Verified } from "./verify.ts";
export { walkTree } from "./walk.ts";
export { explains, familyOf } from "./weaknesses.ts";
