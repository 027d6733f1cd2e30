/** Of the weights that a short training passes through, those that do best on what it does not practise, and harm nothing. */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LocalBackend } from "../../src/train/local/backend.ts";

export interface Standing {
  /** What the training is for. */
  readonly aim: number;
  /** What must not become less than it was at the first look. */
  readonly whole: number;
}

export interface BestWeights {
  /** Scores the weights as they are and remembers them when they come nearer to the aim than all before. */
  look(step: number): Promise<void>;
  /** Loads the best and says at which step they were seen. */
  restore(): Promise<number>;
  close(): Promise<void>;
}

/** The weights are kept in a folder below `dir` until `close`. */
export async function keepBest(
  backend: LocalBackend,
  dir: string,
  score: () => Promise<Standing>,
): Promise<BestWeights> {
  const folder = await mkdtemp(join(dir, ".best-"));
  let best: { readonly step: number; readonly aim: number } | undefined;
  let floor = -Infinity;
  return {
    async look(step) {
      const { aim, whole } = await score();
      if (best === undefined) floor = whole;
      else if (aim <= best.aim || whole < floor) return;
      await backend.save(folder, { optimizer: true });
      best = { step, aim };
    },
    async restore() {
      await backend.load(folder, { optimizer: true });
      return best!.step;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
