/** How well vulnerable functions are told from others: asking, reading answers, counting. */
export { askAll, type AskOptions, type Question } from "./ask.ts";
export {
  evaluateDetection,
  type DetectEvaluation,
  type EvaluateOptions,
  type GroupSummary,
  type Labelled,
  type Said,
} from "./evaluate.ts";
export { METRICS, metricsOf, type Confusion, type MetricName } from "./metrics.ts";
export { PAIR_OUTCOMES, type PairSummary } from "./pairs.ts";
export { asksForCwe, checkTemplate, fillTemplate, TEMPLATES, type PromptTemplate } from "./prompts.ts";
export { readSaved, savedLine } from "./saved.ts";
export { scanAll, TOOL_LANGUAGES, type ToolAnswer } from "./scan.ts";
export { vdScore } from "./vd-score.ts";
export { majority, READERS, type ReaderName, type UnclearPolicy } from "./verdict.ts";
