/** Of the weights that a short training passes through, those that do best on what it does not practise. */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LocalBackend } from "../../src/train/local/backend.ts";

export interface BestWeights {
  /** Scores the weights as they are and remembers them when they are better than all before; ties stay with the earlier. */
  look(step: number): Promise<void>;
  /** Loads the best and says at which step they were seen. */
  restore(): Promise<number>;
  close(): Promise<void>;
}

/** The weights are kept in a folder below `dir` until `close`. */
export async function keepBest(
  backend: LocalBackend,
  dir: string,
  score: () => Promise<number>,
): Promise<BestWeights> {
  const folder = await mkdtemp(join(dir, ".best-"));
  let best: { readonly step: number; readonly score: number } | undefined;
  return {
    async look(step) {
      const found = await score();
      if (best !== undefined && found <= best.score) return;
      await backend.save(folder, { optimizer: true });
      best = { step, score: found };
    },
    async restore() {
      await backend.load(folder, { optimizer: true });
      return best!.step;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
