/** What changes logits before a token is drawn: penalties for repeating and biases; and the logs of what was left alone. */
import type { TokenLogprob, TokenOptions } from "./request.ts";

/** How often each token occurs. */
export type Counts = Map<number, number>;

/**
 * logits [V] -> logits [V], the same array when nothing is asked for. `prompt` are the tokens of the prompt, `answer`
 * those drawn so far; only the repetition penalty looks at the prompt (as in vLLM).
 */
export function adjustLogits(
  logits: Float32Array,
  options: TokenOptions,
  prompt: readonly number[],
  answer: Counts,
): Float32Array {
  const { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0, logitBias } = options;
  const biased = logitBias === undefined ? [] : Object.entries(logitBias);
  if (repetitionPenalty === 1 && presencePenalty === 0 && frequencyPenalty === 0 && biased.length === 0)
    return logits;
  const out = Float32Array.from(logits);
  if (repetitionPenalty !== 1)
    for (const id of new Set([...prompt, ...answer.keys()]))
      out[id] = out[id]! > 0 ? out[id]! / repetitionPenalty : out[id]! * repetitionPenalty;
  for (const [id, count] of answer) out[id] = out[id]! - presencePenalty - frequencyPenalty * count;
  for (const [id, bias] of biased) if (Number(id) < out.length) out[Number(id)] = out[Number(id)]! + bias;
  return out;
}

/** The natural log of the softmax of logits [V] at `id`, and of its `top` highest entries. */
export function logprobsOf(logits: Float32Array, id: number, top: number): TokenLogprob {
  let highest = -Infinity;
  for (const value of logits) if (value > highest) highest = value;
  let total = 0;
  for (const value of logits) total += Math.exp(value - highest);
  const norm = highest + Math.log(total);
  const best = highestIds(logits, top);
  return {
    id,
    logprob: logits[id]! - norm,
    top: best.map((one) => ({ id: one, logprob: logits[one]! - norm })),
  };
}

/** The ids of the `count` highest logits, highest first, the lower id first on a tie. */
function highestIds(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  if (count === 0) return best;
  for (let id = 0; id < logits.length; id++) {
    if (best.length === count && logits[id]! <= logits[best.at(-1)!]!) continue;
    let at = best.length;
    while (at > 0 && logits[best[at - 1]!]! < logits[id]!) at--;
    best.splice(at, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}
