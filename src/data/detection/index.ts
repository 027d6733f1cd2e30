/** Functions that are known to be vulnerable or not: published sets in one shape, without overlap. */
export { FORMATS, type FormatName } from "./formats.ts";
export {
  importDetection,
  type ImportOptions,
  type ImportReport,
  type SetInput,
  type SetReport,
} from "./import.ts";
export { languageOf, languageOfFile, suffixOf } from "./language.ts";
export { functionKey, normalise } from "./normalise.ts";
export { LEFT_OUT, type LeftOut } from "./overlap.ts";
export { readDetectionRows } from "./read.ts";
export { type DetectionRow } from "./row.ts";
