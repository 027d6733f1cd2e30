import { describe, expect, it } from "vitest";
import type { TurnResult, TurnSampler, WaveChange } from "../../core/sampling.ts";
import { ReplicaSampler } from "./replica-sampler.ts";

/** Every started row ends at once, and says which prompt it went on from. */
class PromptSayer implements TurnSampler {
  prompts: readonly (readonly number[])[] = [];
  copies = 0;
  readonly seen: number[] = [];
  async begin(_: number, prompts: readonly (readonly number[])[], copies: number): Promise<void> {
    this.prompts = prompts;
    this.copies = copies;
  }
  async advance(_: number, { start, drop }: WaveChange): Promise<TurnResult[]> {
    this.seen.push(...drop);
    return start.map(({ row, seed }) => ({
      row,
      ids: [...this.prompts[Math.floor(row / this.copies)]!, seed],
      logprobs: [],
      masks: [],
      finished: true,
    }));
  }
  async end(): Promise<void> {
    this.prompts = [];
  }
}

const OPTIONS = { temperature: 1, topP: 1, maxTokens: 1 };

describe("a sampler over replicas", () => {
  it.each([1, 2, 3, 4])(
    "deals out whole groups and names rows as the caller does: %i replicas",
    async (n) => {
      const parts = Array.from({ length: n }, () => new PromptSayer());
      let refreshed = 0;
      const sampler = new ReplicaSampler(parts, async () => void refreshed++);
      await sampler.begin(0, [[100], [101], [102]], 2);
      const start = [0, 1, 2, 3, 4, 5].map((row) => ({ row, append: [], seed: row }));
      const results = await sampler.advance(0, { start, drop: [] }, OPTIONS, 8);
      const said = Object.fromEntries(results.map(({ row, ids }) => [row, ids]));
      expect(said).toEqual(
        Object.fromEntries([0, 1, 2, 3, 4, 5].map((row) => [row, [100 + Math.floor(row / 2), row]])),
      );
      await sampler.advance(0, { start: [], drop: [3, 5] }, OPTIONS, 8);
      expect(parts.flatMap((part) => part.seen)).toHaveLength(2);
      await sampler.end(0);
      expect(refreshed).toBe(1);
    },
  );
});
