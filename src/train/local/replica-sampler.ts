/** One sampler over several: the prompts of a wave are dealt out, each with all of its copies. */
import type { SamplingOptions, TurnResult, TurnSampler, WaveChange } from "../../core/sampling.ts";

interface Dealt {
  readonly copies: number;
  /** Samplers that have prompts of this wave: the first ones. */
  readonly used: number;
}

/** Which rows meet in a batch depends on their numbers only, so that results are reproducible. */
export class ReplicaSampler implements TurnSampler {
  readonly #parts: readonly TurnSampler[];
  readonly #beforeWave: () => Promise<void>;
  readonly #waves = new Map<number, Dealt>();

  /** `beforeWave` brings the parts' weights up to date. */
  constructor(parts: readonly TurnSampler[], beforeWave: () => Promise<void>) {
    this.#parts = parts;
    this.#beforeWave = beforeWave;
  }

  async begin(wave: number, prompts: readonly (readonly number[])[], copies: number): Promise<void> {
    await this.#beforeWave();
    const count = this.#parts.length;
    const used = Math.min(count, prompts.length);
    this.#waves.set(wave, { copies, used });
    await Promise.all(
      this.#parts.slice(0, used).map((part, i) =>
        part.begin(
          wave,
          prompts.filter((_, prompt) => prompt % count === i),
          copies,
        ),
      ),
    );
  }

  async advance(
    wave: number,
    { start, drop }: WaveChange,
    options: SamplingOptions,
    steps: number,
  ): Promise<TurnResult[]> {
    const { copies, used } = this.#waves.get(wave) ?? { copies: 1, used: 1 };
    const count = this.#parts.length;
    const promptOf = (row: number): number => Math.floor(row / copies);
    const ownerOf = (row: number): number => promptOf(row) % count;
    const toLocal = (row: number): number => Math.floor(promptOf(row) / count) * copies + (row % copies);
    const toGlobal = (owner: number, row: number): number =>
      (promptOf(row) * count + owner) * copies + (row % copies);
    const results = await Promise.all(
      this.#parts.slice(0, used).map(async (part, owner) => {
        const change = {
          start: start
            .filter(({ row }) => ownerOf(row) === owner)
            .map((row) => ({ ...row, row: toLocal(row.row) })),
          drop: drop.filter((row) => ownerOf(row) === owner).map(toLocal),
        };
        const ended = await part.advance(wave, change, options, steps);
        return ended.map((result) => ({ ...result, row: toGlobal(owner, result.row) }));
      }),
    );
    return results.flat();
  }

  async end(wave: number): Promise<void> {
    this.#waves.delete(wave);
    await Promise.all(this.#parts.map((part) => part.end(wave)));
  }
}
