/** How well HTTP triage works: kinds of models, metrics, budgets, votes, folds. */
export {
  askCell,
  resultOf,
  type AskOptions,
  type Cell,
  type CellResult,
  type CellSettings,
} from "./cells.ts";
export { control, scaling, vote, type BudgetPoint, type Vote } from "./compute.ts";
export { samplerContender, type AnswerOptions, type Contender } from "./contender.ts";
export { dealFolds, groupOf } from "./folds.ts";
export { KINDS, traitsOf, type KindTraits, type ModelKind, type TriageOutcome } from "./kinds.ts";
export {
  confusionOf,
  judge,
  METRICS,
  overFolds,
  type Confusion,
  type Judged,
  type Judgement,
  type Metric,
  type Metrics,
} from "./metrics.ts";
export { openResults, type CellInfo, type ResultStore } from "./store.ts";
