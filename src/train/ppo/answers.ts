/** From traces to the answers that PPO learns from. */
import { InputError } from "../../core/errors.ts";
import type { Trace } from "../../core/trace.ts";
import type { PpoAnswer } from "../backend.ts";

export interface ScoredAnswer extends PpoAnswer {
  /** Of each token when it was drawn. */
  readonly logprobs: readonly number[];
  readonly score: number;
  /** It ended by itself. */
  readonly finished: boolean;
}

/** Undefined for a trace without signal. Throws InputError for one that has not exactly one turn, drawn freely. */
export function toScored(trace: Trace, missingEosPenalty: number | null): ScoredAnswer | undefined {
  if (trace.reward.value === null) return undefined;
  const own = trace.spans.filter(({ author }) => author === "policy");
  const [answer] = own;
  if (own.length !== 1 || answer === undefined || answer.ids.length === 0)
    throw new InputError(`${trace.task}: PPO learns from answers of one turn, got ${own.length}`);
  if (answer.masks?.some((mask) => mask !== undefined))
    throw new InputError(`${trace.task}: PPO learns from answers drawn without a constraint`);
  const prompt = trace.spans.filter(({ author }) => author === "prompt").flatMap(({ ids }) => ids);
  const penalty = trace.truncated ? (missingEosPenalty ?? 0) : 0;
  return {
    ids: [...prompt, ...answer.ids],
    prompt: prompt.length,
    logprobs: answer.logprobs!,
    score: trace.reward.value - penalty,
    finished: !trace.truncated,
  };
}
