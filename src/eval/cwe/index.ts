/** Evaluation of classifiers of weaknesses. */
export { rankedAnswers } from "./answers.ts";
export { evaluateCwe, type CweEvaluation, type CweMetrics } from "./evaluate.ts";
export type { RankedAnswer } from "./ranked.ts";
