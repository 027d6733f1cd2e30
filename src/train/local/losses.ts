/** What losses over trained tokens have in common, and the weighted cross-entropy. */
import { noGrad, tensor, type Tensor } from "../../torch/index.ts";
import type { ChosenTokens, TokenScores } from "./head-loss.ts";
import type { Target } from "./rows.ts";

/** Loss of some tokens, already normalised over the whole batch: parts add up. */
export interface PartialLoss {
  readonly loss: Tensor;
  /** Sums over tokens and over sequences; divided by their number at the end. */
  readonly sums: Readonly<Record<string, number>>;
  readonly sequenceSums?: Readonly<Record<string, number>>;
  /** How many those sums are over, where that is not the number of sequences. */
  readonly sequences?: number;
  /** Like the loss: they add up. */
  readonly shares?: Readonly<Record<string, number>>;
}

const weightOf = (target: Target): number => target.datum.weights[target.token]!;

/** The trained tokens, drawn at a temperature and under the constraints that they were drawn under. */
export function chosenTokens(targets: readonly Target[], temperature: number): ChosenTokens {
  const constrained = targets.some((target) => target.datum.masks?.[target.token] !== undefined);
  return {
    ids: BigInt64Array.from(targets, ({ datum, token }) => BigInt(datum.ids[token]!)),
    temperature,
    ...(constrained
      ? { forbidden: (from, to, vocabulary) => maskOf(targets.slice(from, to), vocabulary) }
      : {}),
  };
}

/** bool [n, V], true where the constraint forbade the token. */
function maskOf(targets: readonly Target[], vocabulary: number): Tensor | undefined {
  if (targets.every((target) => target.datum.masks?.[target.token] === undefined)) return undefined;
  const permitted = new Uint8Array(targets.length * vocabulary).fill(1);
  targets.forEach((target, row) => {
    const mask = target.datum.masks?.[target.token];
    if (mask !== undefined) permitted.set(mask.subarray(0, vocabulary), row * vocabulary);
  });
  return tensor(permitted, { shape: [targets.length, vocabulary] }).eq(0);
}

/** The sum of weight * nll / `totalWeight`, as the mean over all weighted tokens of the batch. */
export function crossEntropyLoss(
  { logprobs, entropy, best }: Pick<TokenScores, "logprobs" | "entropy" | "best">,
  targets: readonly Target[],
  totalWeight: number,
): PartialLoss {
  const weights = Float32Array.from(targets, (target) => -weightOf(target) / totalWeight);
  const loss = logprobs.mul(tensor(weights)).sum();
  return noGrad(() => {
    const right = best.toUint8Array();
    const hits = { full_hits: 0, full_tokens: 0, emphasised_hits: 0, emphasised_tokens: 0 };
    targets.forEach((target, i) => {
      const weight = weightOf(target);
      if (weight < 1) return;
      const kind = weight > 1 ? "emphasised" : "full";
      hits[`${kind}_hits`] += right[i]!;
      hits[`${kind}_tokens`]++;
    });
    return { loss, sums: { ...hits, entropy: entropy.sum().item() } };
  });
}
