/** What the alignment recipes learn from and are judged on: functions with verdicts, and tasks with solutions of both kinds. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { InputError } from "../../src/core/errors.ts";
import type { StdinTask } from "../../src/core/program.ts";
import { ownPairs, type ReasonedFact } from "../../src/data/detection/own-pairs.ts";
import { CHORES, generateChores } from "../../src/data/programs/chores/index.ts";
import { readTasks } from "../../src/data/programs/index.ts";
import { fencedAnswer, type ReasonedRow } from "../../src/envs/alignment/index.ts";
import { verdictText } from "../../src/rewards/detect.ts";
import { makeRng } from "../../src/util/rng.ts";
import type { AlignmentSettings } from "./settings.ts";

/** A row of the reward model's data; `source` and `pair` where they are known. */
export interface VerdictRow extends ReasonedRow {
  readonly pair?: string | undefined;
  readonly source?: string | undefined;
}

/** A task and what is shown of it in supervised fine-tuning: as many unsafe solutions as safe ones. */
export interface ShownTask {
  readonly task: StdinTask;
  readonly solutions: readonly string[];
}

export interface AlignmentData {
  readonly verdicts: { readonly train: readonly VerdictRow[]; readonly heldOut: readonly VerdictRow[] };
  readonly tasks: { readonly train: readonly ShownTask[]; readonly heldOut: readonly ShownTask[] };
}

export function loadData({ seed, data }: Pick<AlignmentSettings, "seed" | "data">): AlignmentData {
  const { reasoned, perApplication, perChore, heldOutPerApplication, heldOutPerChore } = data;
  // Other tasks than the policy's, which come from the seed itself.
  const own = ownPairs({ seed: seed + 500, side: "train", perApplication, perChore });
  const heldOut = ownPairs({
    seed: seed + 500,
    side: "held-out",
    perApplication: heldOutPerApplication,
    perChore: heldOutPerChore,
  });
  return {
    verdicts: {
      train: reasoned === "" ? own.map(withAnswer) : readReasoned(reasoned),
      heldOut: heldOut.map(withAnswer),
    },
    tasks: splitByPrompt(
      data.tasks === "" ? choreTasks(seed, data) : fileTasks(data.tasks),
      seed,
      data.heldOut,
    ),
  };
}

const withAnswer = (row: ReasonedFact): VerdictRow => ({
  ...row,
  answer: verdictText(row.reasoning, row.is_vulnerable),
});

const choreTasks = (
  seed: number,
  { perFamily, ways }: Pick<AlignmentSettings["data"], "perFamily" | "ways">,
): ShownTask[] =>
  generateChores({ seed, perFamily, ways, chores: CHORES.filter(({ heldOut }) => !heldOut) }).map(
    ({ task, programs }) => ({ task, solutions: programs.map(({ code }) => fencedAnswer(code)) }),
  );

/** Throws InputError for a file without tasks that have attacks. */
function fileTasks(path: string): ShownTask[] {
  const { tasks } = readTasks(readText(path), path);
  const usable = tasks.flatMap((task): ShownTask[] =>
    task.kind === "stdin" && task.security !== undefined
      ? [
          {
            task,
            solutions: [task.security.unsafe, task.reference].flatMap((code) =>
              code === undefined ? [] : [fencedAnswer(code)],
            ),
          },
        ]
      : [],
  );
  if (usable.length === 0) throw new InputError(`${path}: expected tasks with attacks, and it has none`);
  return usable;
}

/** Within each family; tasks with the same text are on the same side. */
function splitByPrompt(
  tasks: readonly ShownTask[],
  seed: number,
  share: number,
): { train: ShownTask[]; heldOut: ShownTask[] } {
  const split: { train: ShownTask[]; heldOut: ShownTask[] } = { train: [], heldOut: [] };
  for (const family of new Set(tasks.map(({ task }) => task.source))) {
    const mine = tasks.filter(({ task }) => task.source === family);
    const prompts = makeRng(`prompts/${seed}/${family}`).shuffle([
      ...new Set(mine.map(({ task }) => task.prompt)),
    ]);
    const kept = new Set(prompts.slice(0, Math.floor(prompts.length * share)));
    for (const one of mine) if (!kept.has(one.task.prompt)) split.train.push(one);
    // One task for each held-out text: another would be the same question once more.
    for (const prompt of kept) split.heldOut.push(mine.find(({ task }) => task.prompt === prompt)!);
  }
  return split;
}

const rowSchema = z.looseObject({
  id: z.string().min(1),
  code: z.string().min(1),
  language: z.string(),
  cwe: z.array(z.string()),
  is_vulnerable: z.boolean(),
  answer: z.string().min(1),
});

function readReasoned(path: string): VerdictRow[] {
  const lines = readText(path).split("\n");
  return lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const at = `${path}:${index + 1}`;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch (cause) {
      throw new InputError(`${at}: expected one JSON object`, { cause });
    }
    const row = rowSchema.safeParse(json);
    if (row.success) return [row.data];
    const issue = row.error.issues[0]!;
    throw new InputError(`${at}: ${issue.path.join(".") || "row"}: ${issue.message}`);
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new InputError(`${path}: expected a file that can be read`, { cause });
  }
}
