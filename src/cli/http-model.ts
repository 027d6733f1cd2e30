/** The cells of `ironbark eval http` that a local model answers, and those for which one is trained. */
import { join } from "node:path";
import type { HttpPair } from "../core/http.ts";
import { localContender } from "../envs/http/contender.ts";
import { openFailureSet } from "../envs/http/failures.ts";
import { openTriageModel, type TriageModel } from "../envs/http/model.ts";
import { sweepAdapters, sweepHeads, type SweepHands } from "../envs/http/sweep.ts";
import {
  askCell,
  dealFolds,
  resultOf,
  traitsOf,
  type Cell,
  type CellResult,
  type ResultStore,
} from "../eval/http/index.ts";
import type { ModelKind } from "../eval/http/kinds.ts";
import type { HeadConfig } from "../model/dual/head.ts";
import type { CommandContext } from "./command.ts";
import type { SweepCell } from "./http-report.ts";
import { variants, type Generation } from "./http-sweep.ts";

export interface SweepPlan {
  readonly kinds: readonly ModelKind[];
  readonly generations: readonly Generation[];
  readonly enforce: boolean;
  readonly samples: number;
  readonly ranks: readonly number[];
  readonly rates: readonly number[];
  /** Undefined: all pairs. */
  readonly counts: readonly number[] | undefined;
  readonly steps: number;
  readonly shapes: readonly Omit<HeadConfig, "inputs">[] | undefined;
  readonly folds: number | undefined;
  readonly epochs: number;
  readonly maxFalsePositiveRate: number;
  readonly seed: number;
  readonly resamples: number;
  readonly threads: number;
}

export interface SweepJob {
  readonly pairs: readonly HttpPair[];
  readonly train: readonly HttpPair[];
  readonly plan: SweepPlan;
  readonly store: ResultStore;
  readonly out: string;
  readonly context: CommandContext;
}

/** Of the training of heads in a sweep. */
const HEAD = { batch: 64, learningRate: 0.002, weightDecay: 0.01, validation: 0.2 };

export async function measureModel(folder: string, job: SweepJob): Promise<SweepCell[]> {
  const { plan, out, context } = job;
  const { emit, signal } = context;
  const model = await openTriageModel(folder, plan.threads);
  try {
    const known = job.pairs.filter(({ category }) => model.categories[category] !== undefined);
    if (known.length < job.pairs.length)
      emit({
        kind: "note",
        text: `${job.pairs.length - known.length} pairs are of categories that ${folder} does not know; they are left out`,
      });
    const own = { ...job, pairs: known };
    const hands: SweepHands = {
      checkpoint: folder,
      model,
      out: join(out, "trained"),
      seed: plan.seed,
      threads: plan.threads,
      emit,
      signal,
    };
    return [
      ...(await measureKinds(model, own)),
      ...(await measureAdapters(hands, own)),
      ...(await measureHeads(hands, own)),
      ...(await measureFolds(hands, own)),
    ];
  } finally {
    await model.close();
  }
}

async function ask(
  model: TriageModel,
  kind: ModelKind,
  { bounds, temperature }: Omit<Generation, "varies">,
  { pairs, plan, store, context }: SweepJob,
  trained?: Readonly<Record<string, unknown>>,
): Promise<{ readonly cell: Cell; readonly result: CellResult }> {
  const { emit, signal } = context;
  const { seed, resamples, enforce, samples } = plan;
  const head = traitsOf(kind).head;
  const settings = {
    bounds: head ? { min: 0, max: 0 } : bounds,
    temperature: head ? 0 : temperature,
    samples: head ? 1 : samples,
    enforce,
    seed,
    ...(trained === undefined ? {} : { trained }),
  };
  const cell = await askCell(localContender(model, kind), pairs, settings, { store, emit, signal });
  return { cell, result: resultOf(cell, pairs, { seed, resamples }) };
}

async function measureKinds(model: TriageModel, job: SweepJob): Promise<SweepCell[]> {
  const cells: SweepCell[] = [];
  for (const kind of job.plan.kinds)
    for (const generation of job.plan.generations) {
      const { head } = traitsOf(kind);
      if (head && generation.varies !== "base") continue;
      const { bounds, temperature, varies } = generation;
      const x = varies === "temperature" ? temperature : bounds.max;
      const { cell, result } = await ask(model, kind, generation, job);
      cells.push({ varies, x, label: labelOf(head, generation), result });
      if (kind === "FT-SC" && varies === "base") collectFailures(job, cell);
    }
  return cells;
}

const labelOf = (head: boolean, { bounds, temperature }: Generation): string =>
  head ? "" : `${bounds.min}-${bounds.max} tokens, temperature ${temperature}`;

/** What the fine-tuned model got wrong joins the failure set in the folder of results. */
function collectFailures({ pairs, out }: SweepJob, { settings, outcomes }: Cell): void {
  const set = openFailureSet(join(out, "failures.jsonl"));
  pairs.forEach((pair, index) => {
    const [first] = outcomes[index] ?? [];
    if (first === undefined || first.answer === pair.is_vulnerable) return;
    const { answer, analysis } = first;
    set.add({ pair, bounds: settings.bounds, answer: { vulnerable: answer, analysis } });
  });
  set.close();
}

async function measureAdapters(hands: SweepHands, job: SweepJob): Promise<SweepCell[]> {
  const { plan, train, context } = job;
  const { ranks, rates, counts, steps, threads } = plan;
  if (counts === undefined && ranks.length === 1 && rates.length === 1) return [];
  const cells: SweepCell[] = [];
  for (const { varies, ...variant } of variants(ranks, rates, counts ?? [train.length])) {
    const adapters = await sweepAdapters(train, { ...variant, steps }, hands);
    const model = await openTriageModel(hands.checkpoint, threads, { adapters });
    try {
      const generation = plan.generations[0]!;
      const { result } = await ask(model, "FT-SC", generation, job, { ...variant, steps });
      const x = { rank: variant.rank, rate: variant.learningRate, count: variant.count }[varies];
      const label = `rank ${variant.rank}, rate ${variant.learningRate}, ${variant.count} pairs`;
      cells.push({ varies, x, label, result });
    } finally {
      await model.close();
    }
    context.signal.throwIfAborted();
  }
  return cells;
}

const shapeName = ({ hidden, pooling }: Omit<HeadConfig, "inputs">): string =>
  `${hidden.join("x") || "linear"}, ${pooling}`;

async function measureHeads(hands: SweepHands, job: SweepJob): Promise<SweepCell[]> {
  const { plan, train } = job;
  if (plan.shapes === undefined || train.length === 0) return [];
  const cells: SweepCell[] = [];
  for (const shape of plan.shapes) {
    const { epochs, maxFalsePositiveRate } = plan;
    const heads = await sweepHeads(train, { shape, ...HEAD, epochs, maxFalsePositiveRate }, hands);
    const model = await openTriageModel(hands.checkpoint, plan.threads, { heads });
    try {
      const { result } = await ask(model, "FT-CH", plan.generations[0]!, job, { shape: shapeName(shape) });
      const width = hands.model.engine.width;
      cells.push({ varies: "head", x: parametersOf(shape, width), label: shapeName(shape), result });
    } finally {
      await model.close();
    }
  }
  return cells;
}

/** Trained numbers of a head. */
function parametersOf({ hidden, pooling }: Omit<HeadConfig, "inputs">, inputs: number): number {
  const widths = [inputs, ...hidden, 1];
  const layers = widths.slice(1).reduce((sum, width, layer) => sum + width * (widths[layer]! + 1), 0);
  return layers + (pooling === "attention" ? inputs : 0);
}

/** Every pair is judged once, by a head that has seen none of its template. */
async function measureFolds(hands: SweepHands, job: SweepJob): Promise<SweepCell[]> {
  const { plan, pairs } = job;
  if (plan.folds === undefined) return [];
  const fold = dealFolds(pairs, plan.folds, plan.seed);
  const cells: SweepCell[] = [];
  for (const shape of plan.shapes ?? [{ hidden: [64], pooling: "last" as const }]) {
    for (let k = 0; k < plan.folds; k++) {
      const { epochs, maxFalsePositiveRate } = plan;
      const learnt = pairs.filter((_, index) => fold[index] !== k);
      const kept = pairs.filter((_, index) => fold[index] === k);
      const heads = await sweepHeads(learnt, { shape, ...HEAD, epochs, maxFalsePositiveRate }, hands);
      const model = await openTriageModel(hands.checkpoint, plan.threads, { heads });
      try {
        const trained = { shape: shapeName(shape), fold: k, folds: plan.folds };
        const own = { ...job, pairs: kept };
        const { result } = await ask(model, "FT-CH", plan.generations[0]!, own, trained);
        const label = `${shapeName(shape)}, fold ${k + 1} of ${plan.folds}`;
        cells.push({ varies: "fold", x: k + 1, label, result });
      } finally {
        await model.close();
      }
    }
  }
  return cells;
}
