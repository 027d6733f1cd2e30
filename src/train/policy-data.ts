/** From traces to training sequences for a policy loss. */
import type { Trace } from "../core/trace.ts";
import type { Datum } from "./backend.ts";

/**
 * One datum per trace: prompt and environment tokens have weight 0, policy tokens weight 1 with the log-probability
 * and the mask under which they were drawn. A token that was the only one permitted has probability 1 whatever the
 * weights are, hence no gradient; it still counts as a token of the completion.
 */
export function toDatum(trace: Trace, advantage: number): Datum {
  const ids: number[] = [];
  const weights: number[] = [];
  const logprobs: number[] = [];
  const masks: (Uint8Array | undefined)[] = [];
  for (const span of trace.spans) {
    const own = span.author === "policy";
    span.ids.forEach((id, i) => {
      ids.push(id);
      weights.push(own ? 1 : 0);
      logprobs.push(own ? span.logprobs![i]! : 0);
      masks.push(own ? span.masks![i] : undefined);
    });
  }
  // Trailing environment tokens are never attended to by a trained token.
  const end = weights.lastIndexOf(1) + 1;
  return {
    ids: ids.slice(0, end),
    weights: weights.slice(0, end),
    advantage,
    logprobs: logprobs.slice(0, end),
    masks: masks.slice(0, end),
  };
}
