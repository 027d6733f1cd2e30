/** The tasks of the code recipes: what is practised, and what is kept for evaluation and never seen in training. */
import type { StdinTask } from "../../src/core/program.ts";
import { generatePrograms } from "../../src/data/programs/index.ts";
import { makeRng } from "../../src/util/rng.ts";

export interface TaskSplit {
  readonly train: readonly StdinTask[];
  readonly heldOut: readonly StdinTask[];
}

export interface TaskSettings {
  readonly seed: number;
  /** At most, of each family; some have fewer different ones. */
  readonly perFamily: number;
  /** Share of each family that is held out. */
  readonly heldOut: number;
  /** The first tests of each task. */
  readonly tests: number;
}

/**
 * Python tasks, split within each family: the held-out ones ask for other numbers, words or rules than the practised
 * ones, and none has its text or a solution in common with one of them. A family of which all tasks hang together so
 * is practised only.
 */
export function splitTasks({ seed, perFamily, heldOut, tests }: TaskSettings): TaskSplit {
  const families = new Map<string, StdinTask[]>();
  for (const task of generatePrograms({ seed, perFamily, languages: ["python"] })) {
    const short = { ...task, tests: task.tests.slice(0, tests) };
    families.set(task.source!, [...(families.get(task.source!) ?? []), short]);
  }
  const split: { train: StdinTask[]; heldOut: StdinTask[] } = { train: [], heldOut: [] };
  for (const [family, tasks] of families) {
    const wanted = tasks.length * heldOut;
    const bundles = makeRng(`split/${seed}/${family}`).shuffle(bundled(tasks));
    let kept = 0;
    for (const [index, bundle] of bundles.entries()) {
      const isLast = index === bundles.length - 1;
      const keep = !isLast && (kept === 0 || kept + bundle.length <= wanted);
      (keep ? split.heldOut : split.train).push(...bundle);
      if (keep) kept += bundle.length;
    }
  }
  assertDisjoint(split);
  return split;
}

const parts = ({ prompt, reference, security }: StdinTask): string[] =>
  [prompt, reference, security?.unsafe].filter((text) => text !== undefined);

/** Tasks that share a text or a solution, directly or through others, stay together. */
function bundled(tasks: readonly StdinTask[]): StdinTask[][] {
  let bundles: { texts: Set<string>; tasks: StdinTask[] }[] = [];
  for (const task of tasks) {
    const mine = parts(task);
    const touched = bundles.filter(({ texts }) => mine.some((text) => texts.has(text)));
    bundles = bundles.filter((bundle) => !touched.includes(bundle));
    bundles.push({
      texts: new Set([...touched.flatMap(({ texts }) => [...texts]), ...mine]),
      tasks: [...touched.flatMap((bundle) => bundle.tasks), task],
    });
  }
  return bundles.map((bundle) => bundle.tasks);
}

/** Throws when a text or a solution, safe or not, is on both sides. */
export function assertDisjoint({ train, heldOut }: TaskSplit): void {
  const seen = new Set(train.flatMap(parts));
  const leaked = heldOut.find((task) => parts(task).some((text) => seen.has(text)));
  if (leaked !== undefined)
    throw new Error(`${leaked.id} is held out and has a part in common with training`);
}
