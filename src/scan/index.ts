/** The scanner: a tree of sources in, findings with evidence out. */
export { baselineText, readBaseline } from "./baseline.ts";
export { filesAt } from "./changed.ts";
export { reasons, toMarkdown } from "./markdown.ts";
export { toSarif, type SarifOptions } from "./sarif.ts";
export { analyse, READABLE, scanTree, type ScanOptions } from "./scan.ts";
export * from "./types.ts";
export { familyOf } from "./weaknesses.ts";
