/** `ironbark eval http`: how well models judge HTTP pairs, and what tokens, samples, ranks and heads buy. */
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { HttpPair } from "../../core/http.ts";
import { command, type CommandContext } from "../command.ts";
import { readNamed } from "../files.ts";
import { share, wholeNumber } from "../flags.ts";
import type { SweepCell } from "../http-report.ts";
import { boundsList, choices, generations, headShapes, numbers, wholeNumbers } from "../http-sweep.ts";

export default command({
  name: "eval http",
  description:
    "Measure triage of HTTP pairs: kinds of models, budgets of tokens, votes, and sweeps that train; goes on where it was interrupted",
  examples: [
    "eval http pairs.jsonl --model runs/http-triage/checkpoint",
    "eval http pairs.jsonl --model runs/http-triage/checkpoint --kinds FT-SC --analysis 0-0,8-40,32-96 --n 5 --temperature 0.7",
    "eval http pairs.jsonl --model runs/http-triage/checkpoint --train train.jsonl --counts 100,1000,5000 --heads 64:last,128x64:attention",
    "eval http pairs.jsonl --samplers samplers.json --json",
  ],
  args: {
    rows: {
      type: "positional",
      required: true,
      description: "Labelled pairs: .jsonl, .parquet, or .db with JanusLM's tables",
    },
    model: { type: "string", description: "Folder of a model of `run http-triage`", valueHint: "DIR" },
    samplers: { type: "string", description: "Other models to ask (docs/codegen.md)", valueHint: "FILE" },
    kinds: {
      type: "string",
      description: "Kinds, with commas: SC, PE-SC, FT-SC, FT-PE-SC, FT-CH, FT-PE-CH (default: all)",
      valueHint: "NAMES",
    },
    analysis: {
      type: "string",
      default: "0-0",
      description: "Least and most tokens of an analysis; several, with commas, are a sweep",
      valueHint: "MIN-MAX",
    },
    enforce: { type: "boolean", description: "Keep local models to the bounds, rather than ask for them" },
    temperature: { type: "string", default: "0", description: "Several, with commas, are a sweep" },
    n: {
      type: "string",
      default: "1",
      description: "Samples of each pair; the majority decides",
      valueHint: "N",
    },
    train: { type: "string", description: "Pairs to train on, for the sweeps below", valueHint: "FILE" },
    ranks: { type: "string", default: "16", description: "Of adapters", valueHint: "N,N" },
    rates: { type: "string", default: "0.001", description: "Learning rates of adapters", valueHint: "X,X" },
    counts: {
      type: "string",
      description: "Pairs of each category that an adapter is trained on, such as 100,1000,5000",
      valueHint: "N,N",
    },
    steps: { type: "string", default: "100", description: "Of each adapter's training", valueHint: "N" },
    heads: {
      type: "string",
      description: "Shapes of classification heads, such as 64:last,128x64:mean,:attention",
      valueHint: "SHAPES",
    },
    folds: {
      type: "string",
      description: "Cross-validation of heads: trained on the rows of all folds but one, measured on that",
      valueHint: "K",
    },
    epochs: { type: "string", default: "20", description: "Of the training of heads", valueHint: "N" },
    "max-fpr": {
      type: "string",
      default: "0.02",
      description: "False-positive rate on validation that a head's threshold may reach",
      valueHint: "X",
    },
    limit: {
      type: "string",
      description: "Only so many pairs, drawn from --seed",
      valueHint: "N",
    },
    seed: { type: "string", default: "1", description: "Of sampling, training, bootstrap", valueHint: "N" },
    resamples: { type: "string", default: "1000", description: "Of the bootstrap; 0: none", valueHint: "N" },
    threads: { type: "string", default: "2", description: "Cores of a local model", valueHint: "N" },
    out: { type: "string", default: "runs/http-eval", description: "Folder of results", valueHint: "DIR" },
  },
  run: async (args, context) => {
    const { KINDS } = await import("../../eval/http/kinds.ts");
    const { POOLINGS } = await import("../../model/dual/head.ts");
    const plan = {
      kinds: args.kinds === undefined ? [...KINDS] : choices("kinds", args.kinds, KINDS),
      generations: generations(boundsList(args.analysis), numbers("temperature", args.temperature, 0)),
      enforce: args.enforce === true,
      samples: wholeNumber("n", args.n, 1),
      ranks: wholeNumbers("ranks", args.ranks, 1),
      rates: numbers("rates", args.rates, Number.MIN_VALUE),
      counts: args.counts === undefined ? undefined : wholeNumbers("counts", args.counts, 2),
      steps: wholeNumber("steps", args.steps, 2),
      shapes: args.heads === undefined ? undefined : headShapes(args.heads, POOLINGS),
      folds: args.folds === undefined ? undefined : wholeNumber("folds", args.folds, 2),
      epochs: wholeNumber("epochs", args.epochs, 1),
      maxFalsePositiveRate: share("max-fpr", args["max-fpr"]),
      seed: wholeNumber("seed", args.seed),
      resamples: wholeNumber("resamples", args.resamples),
      threads: wholeNumber("threads", args.threads, 1),
    };
    const limit = args.limit === undefined ? undefined : wholeNumber("limit", args.limit, 1);
    if (args.model === undefined && args.samplers === undefined)
      throw new InputError("eval http: expected --model or --samplers");
    if (plan.samples > 1 && plan.generations.some(({ temperature }) => temperature === 0))
      throw new InputError("--n: several samples need temperatures above 0: at 0 all are equal");
    const trains = plan.counts !== undefined || plan.ranks.length > 1 || plan.rates.length > 1;
    if ((trains || plan.shapes !== undefined || plan.folds !== undefined) && args.model === undefined)
      throw new InputError("--ranks, --rates, --counts, --heads and --folds need --model");
    if ((trains || (plan.shapes !== undefined && plan.folds === undefined)) && args.train === undefined)
      throw new InputError("--ranks, --rates, --counts and --heads need --train, unless heads have --folds");
    const pairs = await draw(await readPairs(args.rows, context), limit, plan.seed);
    if (pairs.length === 0) throw new InputError(`${args.rows}: no pair that can be used`);
    const train = args.train === undefined ? [] : await readPairs(args.train, context);

    const { mkdirSync } = await import("node:fs");
    const { lockRun } = await import("../../runs/lock.ts");
    const { openResults } = await import("../../eval/http/index.ts");
    mkdirSync(args.out, { recursive: true });
    const lock = lockRun(args.out);
    try {
      const store = await openResults(join(args.out, "results.db"));
      try {
        const job = { pairs, train, plan, store, out: args.out, context };
        const cells: SweepCell[] = [];
        if (args.model !== undefined) {
          const { measureModel } = await import("../http-model.ts");
          cells.push(...(await measureModel(args.model, job)));
        }
        if (args.samplers !== undefined) {
          const { measureSamplers } = await import("../http-samplers.ts");
          cells.push(
            ...(await measureSamplers(args.samplers, readNamed(args.samplers).toString("utf8"), job)),
          );
        }
        const { describeSweep, sweepData, writeSweepReport } = await import("../http-report.ts");
        const files = writeSweepReport(args.out, cells, pairs);
        for (const file of files) context.emit({ kind: "note", text: `wrote ${file}` });
        const infra = cells.reduce((sum, { result }) => sum + result.infra, 0);
        return {
          data: sweepData(cells),
          text: describeSweep(cells),
          ...(infra > 0 ? { exitCode: 4 as const } : {}),
        };
      } finally {
        store.close();
      }
    } finally {
      lock.release();
    }
  },
});

/** Rows that cannot be used are named, and the rest is measured. */
async function readPairs(path: string, { emit }: CommandContext): Promise<readonly HttpPair[]> {
  const { pairFormat, parseRequest, parseResponse } = await import("../../data/http/index.ts");
  const { pairs, refused } = await pairFormat(path, "ROWS").read(readNamed(path), path);
  for (const { where, reason } of refused) emit({ kind: "note", text: `${where}: left out, ${reason}` });
  return pairs.filter((pair) => {
    try {
      parseRequest(pair.request, `${path}: ${pair.id}: request`);
      parseResponse(pair.response, `${path}: ${pair.id}: response`);
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      emit({ kind: "note", text: `left out, ${error.message}` });
      return false;
    }
  });
}

/** Whole groups of pairs that hang together, until there are enough. */
async function draw(
  pairs: readonly HttpPair[],
  limit: number | undefined,
  seed: number,
): Promise<readonly HttpPair[]> {
  if (limit === undefined || limit >= pairs.length) return pairs;
  const { makeRng } = await import("../../util/rng.ts");
  const twinOf = ({ id, provenance }: HttpPair): string => [id, provenance?.twin ?? id].sort()[0]!;
  const groups = makeRng(`eval-http/${seed}`).shuffle([...new Set(pairs.map(twinOf))]);
  const order = new Map(groups.map((group, index) => [group, index]));
  return pairs.toSorted((a, b) => order.get(twinOf(a))! - order.get(twinOf(b))!).slice(0, limit);
}
