/** Computes prompts into an empty cache. */
import { noGrad, tensor, tidy } from "../torch/index.ts";
import type { Decoder } from "./decoder.ts";
import type { KvCache } from "./kv-cache.ts";
import type { Rope } from "./rope.ts";

/** Tokens of prompts, with padding, in one forward pass. */
const PREFILL_TOKENS = 1024;

/**
 * Prompt r becomes row r of `cache`, whose rows must be empty. A few prompts at a time: their activations stay in the
 * processor's caches.
 */
export function prefill(
  model: Decoder,
  rope: Rope,
  cache: KvCache,
  prompts: readonly (readonly number[])[],
  pad: number,
): void {
  for (let first = 0, next = 0; first < prompts.length; first = next) {
    let length = 0;
    while (next < prompts.length) {
      const longer = Math.max(length, prompts[next]!.length);
      if (next > first && longer * (next + 1 - first) > PREFILL_TOKENS) break;
      length = longer;
      next++;
    }
    if (length === 0) continue;
    const part = prompts.slice(first, next);
    const ids = new BigInt64Array(part.length * length).fill(BigInt(pad));
    part.forEach((prompt, r) => prompt.forEach((id, t) => (ids[r * length + t] = BigInt(id))));
    const lengths = part.map((prompt) => prompt.length);
    tidy(() =>
      noGrad(() => {
        const attention = cache.prefill(rope, first, lengths);
        model.hidden(tensor(ids, { shape: [part.length, length] }), attention);
      }),
    );
  }
}

/** Appends `ids` to the only row of `cache`, behind what it has already: a long prompt, a piece at a time. */
export function prefillMore(model: Decoder, rope: Rope, cache: KvCache, ids: readonly number[]): void {
  tidy(() =>
    noGrad(() => {
      const attention = cache.attention(rope, [ids.length], ids.length);
      model.hidden(tensor(BigInt64Array.from(ids, BigInt), { shape: [1, ids.length] }), attention);
    }),
  );
  cache.advance([ids.length]);
}
