/** Asks one contender about all pairs under one setting, through the store; and what comes of its answers. */
import { SILENT, type EventSink, type HttpPair } from "../../core/index.ts";
import { contentHash } from "../../util/hash.ts";
import { mean } from "../../util/stats.ts";
import { control, vote } from "./compute.ts";
import type { AnswerOptions, Contender } from "./contender.ts";
import type { TriageOutcome } from "./kinds.ts";
import { judge, type Judged, type Judgement } from "./metrics.ts";
import type { ResultStore } from "./store.ts";

export interface CellSettings extends Omit<AnswerOptions, "signal"> {
  /** What was trained for this cell, for instance `{ rank: 8 }`. */
  readonly trained?: Readonly<Record<string, unknown>>;
}

export interface Cell {
  readonly name: string;
  readonly settings: CellSettings;
  /** In the order of the pairs; undefined: the infrastructure failed. */
  readonly outcomes: readonly (readonly TriageOutcome[] | undefined)[];
}

export interface AskOptions {
  readonly store: ResultStore;
  readonly emit?: EventSink;
  readonly signal?: AbortSignal;
}

/** Pairs after which answers are on disk. */
const PART = 64;

export async function askCell(
  contender: Contender,
  pairs: readonly HttpPair[],
  settings: CellSettings,
  { store, emit = SILENT, signal }: AskOptions,
): Promise<Cell> {
  const { name, identity } = contender;
  const key = contentHash({ identity, settings });
  const ids = pairs.map((pair) => contentHash([pair.request, pair.response, pair.category]));
  const known = new Map(store.outcomes(key));
  const missing = [...pairs.keys()].filter((index) => !known.has(ids[index]!));
  const stage = name;
  const started = performance.now();
  emit({ kind: "stage-start", stage, total: pairs.length, done: pairs.length - missing.length });
  for (let from = 0; from < missing.length; from += PART) {
    signal?.throwIfAborted();
    const part = missing.slice(from, from + PART);
    const answers = await contender.answer(
      part.map((index) => pairs[index]!),
      { ...settings, ...(signal === undefined ? {} : { signal }) },
    );
    const fresh = new Map(
      part.flatMap((index, at) => (answers[at]!.length === 0 ? [] : [[ids[index]!, answers[at]!] as const])),
    );
    store.put({ key, name, settings }, fresh);
    for (const [id, outcomes] of fresh) known.set(id, outcomes);
    const done = pairs.length - missing.length + from + part.length;
    emit({ kind: "stage-step", stage, done, total: pairs.length });
  }
  emit({ kind: "stage-end", stage, seconds: (performance.now() - started) / 1000 });
  return { name, settings, outcomes: ids.map((id) => known.get(id)) };
}

export interface CellResult {
  readonly name: string;
  readonly settings: CellSettings;
  /** Of the majority of samples; pairs that the infrastructure failed on are left out. */
  readonly judged: Judged;
  readonly categories: Readonly<Record<string, Judged>>;
  readonly infra: number;
  /** Means over pairs and samples; null where nobody counted tokens. */
  readonly tokens: number | null;
  readonly control: number | null;
  /** Of the majority, over pairs; null with one sample. */
  readonly confidence: number | null;
}

export function resultOf(
  { name, settings, outcomes }: Cell,
  pairs: readonly HttpPair[],
  options: { readonly seed: number; readonly resamples: number },
): CellResult {
  const answered = pairs.flatMap((pair, index) => {
    const own = outcomes[index];
    return own === undefined ? [] : [{ pair, own, vote: vote(own.map(({ answer }) => answer)) }];
  });
  const judgement = ({ pair, vote: won }: (typeof answered)[number]): Judgement => ({
    truth: pair.is_vulnerable,
    answer: won.answer,
  });
  const tokens = answered.flatMap(({ own }) =>
    own.flatMap((one) => (one.tokens === null ? [] : [one.tokens])),
  );
  const names = [...new Set(answered.map(({ pair }) => pair.category))];
  return {
    name,
    settings,
    judged: judge(answered.map(judgement), options),
    categories: Object.fromEntries(
      names.map((category) => [
        category,
        judge(answered.filter(({ pair }) => pair.category === category).map(judgement), options),
      ]),
    ),
    infra: pairs.length - answered.length,
    tokens: tokens.length === 0 ? null : mean(tokens),
    control: tokens.length === 0 ? null : control(tokens, settings.bounds),
    confidence: settings.samples === 1 ? null : mean(answered.map(({ vote: won }) => won.confidence)),
  };
}
