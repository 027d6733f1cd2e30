/** Comparing models that write programs: completions, grades, and what they come to. */
export { overTasks, passAtK, perTask, type PerTask } from "./metrics.ts";
export { runCodegen, type CodegenOptions } from "./run.ts";
export { compareModels, summarise, type CodegenSummary, type Price } from "./summary.ts";
export { FORMULAS, type GradeRecord, type Sample } from "./types.ts";
