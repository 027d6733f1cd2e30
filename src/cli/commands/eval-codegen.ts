/** `ironbark eval codegen`: how right and how safe the programs of several models are, compared on the same tasks. */
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { EventSink } from "../../core/events.ts";
import type { ProgramTask } from "../../core/program.ts";
import { command } from "../command.ts";
import { readNamed } from "../files.ts";
import { wholeNumber } from "../flags.ts";
import { samplingArgs, samplingOf } from "../sampling-flags.ts";
import { GRADING_ARGS, openGrader } from "../scoring.ts";
import { readTaskFile, TASK_FORMATS, TASK_FORMATS_TEXT } from "../task-files.ts";

export default command({
  name: "eval codegen",
  description:
    "Compare models that write programs: tests, attacks, findings, pass@k, time and cost; goes on where it was interrupted",
  examples: [
    "eval codegen --samplers samplers.json",
    "eval codegen --samplers samplers.json --tasks tasks.jsonl --n 5 --k 1,5 --out runs/models",
    "eval codegen --samplers samplers.json --tasks APPS/test --format apps --limit 100 --json",
  ],
  args: {
    samplers: {
      type: "string",
      required: true,
      description: "The models: checkpoints and OpenAI-compatible endpoints (docs/codegen.md)",
      valueHint: "FILE",
    },
    tasks: { type: "string", description: "Default: our own, made from --seed", valueHint: "PATH" },
    format: {
      type: "enum",
      options: [...TASK_FORMATS],
      default: "tasks",
      description: `What --tasks holds: ${TASK_FORMATS_TEXT}`,
    },
    limit: { type: "string", description: "Only so many tasks, drawn from --seed", valueHint: "N" },
    n: { type: "string", default: "1", description: "Completions of each task", valueHint: "N" },
    k: { type: "string", default: "1", description: "Of pass@k; several with commas", valueHint: "K" },
    ...samplingArgs({ temperature: "0.7", maxTokens: "512", topP: "0.95", of: "Of a completion" }),
    seed: { type: "string", default: "1", description: "Of tasks, sampling and bootstrap", valueHint: "N" },
    out: {
      type: "string",
      default: "runs/codegen",
      description: "Folder for completions, grades, report.json and report.html",
      valueHint: "DIR",
    },
    ...GRADING_ARGS,
  },
  run: async (args, { emit, signal }) => {
    const seed = wholeNumber("seed", args.seed);
    const samples = wholeNumber("n", args.n, 1);
    const ks = args.k.split(",").map((k) => wholeNumber("k", k, 1));
    const over = ks.find((k) => k > samples);
    if (over !== undefined)
      throw new InputError(`--k: pass@${over} needs at least ${over} completions of each task (--n)`);
    const sampling = samplingOf(args);
    const limit = args.limit === undefined ? undefined : wholeNumber("limit", args.limit, 1);
    const { checkSampler, openSampler, parseSamplers } = await import("../../model/samplers/index.ts");
    const file = readNamed(args.samplers, `--samplers ${args.samplers}`).toString("utf8");
    const entries = parseSamplers(file, args.samplers);
    for (const entry of entries) checkSampler(entry, args.samplers);
    const tasks = await chooseTasks(args.tasks, args.format, { seed, limit }, emit);

    const { openKeyedLog } = await import("../../runs/keyed-log.ts");
    const { lockRun } = await import("../../runs/lock.ts");
    const { runCodegen } = await import("../../eval/codegen/index.ts");
    const { mkdirSync } = await import("node:fs");
    mkdirSync(args.out, { recursive: true });
    const lock = lockRun(args.out);
    const completions = openKeyedLog<import("../../core/sampler.ts").Completion>(
      join(args.out, "completions.jsonl"),
    );
    const grades = openKeyedLog<import("../../eval/codegen/index.ts").GradeRecord>(
      join(args.out, "grades.jsonl"),
    );
    const open = await openGrader(args);
    try {
      const { grader } = open;
      const models: import("../codegen-report.ts").ComparedModel[] = [];
      // One after another: two models at once would share the cores that their times are measured on.
      for (const entry of entries) {
        const sampler = await openSampler(entry, args.samplers);
        try {
          const found = await runCodegen(sampler, {
            tasks,
            grader,
            gradedBy: args.analyzers,
            sampling,
            samples,
            seed,
            completions,
            grades,
            emit,
            signal,
          });
          models.push({ name: entry.name, samples: found, price: entry.price_per_million });
        } finally {
          await sampler.close();
        }
      }
      const { describeComparison, summariseModels, writeComparison } = await import("../codegen-report.ts");
      const settings = { ...sampling, n: samples, ks, seed, tasks: tasks.length };
      const comparison = summariseModels(models, settings);
      const paths = writeComparison(args.out, comparison);
      emit({ kind: "note", text: `wrote ${paths.join(" and ")}` });
      const [first] = comparison.models;
      return {
        data: { ...first, others: comparison.models.slice(1), against: comparison.against, settings },
        text: describeComparison(comparison),
        ...(comparison.models.some(({ infra }) => infra > 0) ? { exitCode: 4 as const } : {}),
      };
    } finally {
      completions.close();
      grades.close();
      await open.close();
      lock.release();
    }
  },
});

/** Tasks of each family when nothing is said: 25 families, so about 100. */
const PER_FAMILY = 4;

async function chooseTasks(
  path: string | undefined,
  format: string,
  { seed, limit }: { readonly seed: number; readonly limit: number | undefined },
  emit: EventSink,
): Promise<readonly ProgramTask[]> {
  const { generatePrograms } = await import("../../data/programs/index.ts");
  const { makeRng } = await import("../../util/rng.ts");
  const { tasks, refused } =
    path === undefined
      ? { tasks: generatePrograms({ seed, perFamily: PER_FAMILY }), refused: [] }
      : await readTaskFile(path, format);
  for (const { where, reason } of refused) emit({ kind: "note", text: `${where}: left out, ${reason}` });
  if (tasks.length === 0) throw new InputError(`${path}: no task that can be used`);
  if (limit === undefined || limit >= tasks.length) return tasks;
  const drawn = new Set(
    makeRng(`eval-codegen/${seed}`)
      .shuffle([...tasks.keys()])
      .slice(0, limit),
  );
  return tasks.filter((_, index) => drawn.has(index));
}
