/** Prompts for alignment, made from vulnerable code by paid calls that are never repeated. */
export {
  createBatchCalls,
  type BatchCallsOptions,
  type BatchProvider,
  type HandedOver,
} from "./batch-calls.ts";
export {
  createCalls,
  isAnswer,
  type Answer,
  type Call,
  type CallCounts,
  type Calls,
  type CallsOptions,
} from "./calls.ts";
export { hashedVectors, pickDiverse, type Vector } from "./cluster.ts";
export { REASONS, type Reason } from "./filters.ts";
export { createLedger, type Attempt, type Ledger, type Price } from "./ledger.ts";
export { modelVectors } from "./vectors.ts";
export { synthesise, type PromptRow, type SynthesisOptions, type SynthesisReport } from "./synthesise.ts";
