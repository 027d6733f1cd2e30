/** What the alignment recipes learn from and are judged on: functions with verdicts, and tasks with solutions of both kinds. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { CODEBLEU_LANGUAGES } from "../../src/analyzers/codebleu/index.ts";
import { InputError } from "../../src/core/errors.ts";
import type { StdinTask } from "../../src/core/program.ts";
import { ownPairs, type ReasonedFact } from "../../src/data/detection/own-pairs.ts";
import { CHORES, generateChores } from "../../src/data/programs/chores/index.ts";
import { readTasks } from "../../src/data/programs/index.ts";
import {
  fencedAnswer,
  judgedView,
  type AlignTask,
  type ReasonedRow,
} from "../../src/envs/alignment/index.ts";
import { verdictText } from "../../src/rewards/detect.ts";
import { makeRng } from "../../src/util/rng.ts";
import type { AlignmentSettings } from "./settings.ts";

/** Of those that can be parsed here, under the names of the grammars. */
const languageSchema = z
  .string()
  .transform((name) => (name === "csharp" ? "c_sharp" : name))
  .pipe(z.enum(CODEBLEU_LANGUAGES));

/** A row of the reward model's data; `source` and `pair` where they are known. */
export interface VerdictRow extends ReasonedRow {
  readonly pair?: string | undefined;
  readonly source?: string | undefined;
}

export interface PolicyTask extends AlignTask {
  /** Answers for supervised fine-tuning: as many unsafe ones as safe ones, or the reference alone. */
  readonly solutions: readonly string[];
  /** The task's own solution, safe where that is known. */
  readonly reference: string | null;
  /** What its programs are run on; a prompt without it can be judged only. */
  readonly attacked?: StdinTask;
}

export interface AlignmentData {
  readonly verdicts: { readonly train: readonly VerdictRow[]; readonly heldOut: readonly VerdictRow[] };
  readonly tasks: { readonly train: readonly PolicyTask[]; readonly heldOut: readonly PolicyTask[] };
}

/** Functions are as the judge will be shown them: without comments, blank lines and marks. */
export async function loadData({
  seed,
  data,
}: Pick<AlignmentSettings, "seed" | "data">): Promise<AlignmentData> {
  const { reasoned, perApplication, perChore, heldOutPerApplication, heldOutPerChore } = data;
  // Other tasks than the policy's, which come from the seed itself.
  const own = ownPairs({ seed: seed + 500, side: "train", perApplication, perChore });
  const heldOut = ownPairs({
    seed: seed + 500,
    side: "held-out",
    perApplication: heldOutPerApplication,
    perChore: heldOutPerChore,
  });
  const split = splitByPrompt(
    data.tasks === "" ? choreTasks(seed, data) : fileTasks(data.tasks),
    seed,
    data.heldOut,
  );
  return {
    verdicts: {
      train: await asShown(reasoned === "" ? own.map(withAnswer) : readRows(reasoned, rowSchema)),
      heldOut: await asShown(heldOut.map(withAnswer)),
    },
    tasks:
      data.prompts === ""
        ? split
        : { train: [...readPrompts(data.prompts), ...split.train], heldOut: split.heldOut },
  };
}

const asShown = (rows: readonly VerdictRow[]): Promise<VerdictRow[]> =>
  Promise.all(
    rows.map(async (row) => {
      const language = languageSchema.safeParse(row.language);
      return language.success ? { ...row, code: (await judgedView(row.code, language.data)).code } : row;
    }),
  );

const withAnswer = (row: ReasonedFact): VerdictRow => ({
  ...row,
  answer: verdictText(row.reasoning, row.is_vulnerable),
});

const choreTasks = (
  seed: number,
  { perFamily, ways }: Pick<AlignmentSettings["data"], "perFamily" | "ways">,
): PolicyTask[] =>
  generateChores({ seed, perFamily, ways, chores: CHORES.filter(({ heldOut }) => !heldOut) }).map(
    ({ task, programs }) =>
      attackedTask(
        task,
        programs.map(({ code }) => code),
      ),
  );

const attackedTask = (task: StdinTask, solutions: readonly string[]): PolicyTask => ({
  id: task.id!,
  prompt: task.prompt,
  language: task.language,
  cwe: task.security === undefined ? [] : [task.security.cwe],
  solutions: solutions.map(fencedAnswer),
  reference: task.reference ?? null,
  attacked: task,
});

/** Throws InputError for a file without tasks that have attacks. */
function fileTasks(path: string): PolicyTask[] {
  const usable = readTasks(readText(path), path).tasks.flatMap((task): PolicyTask[] =>
    task.kind === "stdin" && task.security !== undefined
      ? [
          attackedTask(task, [
            task.security.unsafe,
            ...(task.reference === undefined ? [] : [task.reference]),
          ]),
        ]
      : [],
  );
  if (usable.length === 0) throw new InputError(`${path}: expected tasks with attacks, and it has none`);
  return usable;
}

/** Within each family; tasks with the same text are on the same side. */
function splitByPrompt(
  tasks: readonly PolicyTask[],
  seed: number,
  share: number,
): { train: PolicyTask[]; heldOut: PolicyTask[] } {
  const split: { train: PolicyTask[]; heldOut: PolicyTask[] } = { train: [], heldOut: [] };
  for (const family of new Set(tasks.map(({ attacked }) => attacked?.source))) {
    const mine = tasks.filter(({ attacked }) => attacked?.source === family);
    const prompts = makeRng(`prompts/${seed}/${family}`).shuffle([
      ...new Set(mine.map(({ prompt }) => prompt)),
    ]);
    const kept = new Set(prompts.slice(0, Math.floor(prompts.length * share)));
    for (const one of mine) if (!kept.has(one.prompt)) split.train.push(one);
    // One task for each held-out text: another would be the same question once more.
    for (const text of kept) split.heldOut.push(mine.find(({ prompt }) => prompt === text)!);
  }
  return split;
}

const promptSchema = z.looseObject({
  id: z.string().min(1),
  prompt: z.string().min(1),
  language: languageSchema,
  cwe: z.array(z.string()),
  reference: z.string().min(1),
});

/** What `ironbark data prompts` writes. */
const readPrompts = (path: string): PolicyTask[] =>
  readRows(path, promptSchema).map(({ id, prompt, language, cwe, reference }) => ({
    id,
    prompt,
    language,
    cwe,
    solutions: [fencedAnswer(reference)],
    reference,
  }));

const rowSchema = z.looseObject({
  id: z.string().min(1),
  code: z.string().min(1),
  language: z.string(),
  cwe: z.array(z.string()),
  is_vulnerable: z.boolean(),
  answer: z.string().min(1),
});

function readRows<Row>(path: string, schema: z.ZodType<Row>): Row[] {
  return readText(path)
    .split("\n")
    .flatMap((line, index) => {
      if (line.trim() === "") return [];
      const at = `${path}:${index + 1}`;
      let json: unknown;
      try {
        json = JSON.parse(line);
      } catch (cause) {
        throw new InputError(`${at}: expected one JSON object`, { cause });
      }
      const row = schema.safeParse(json);
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
