/** Labelled pairs as training sequences: the verdict alone and with an analysis, behind one reading of the messages. */
import type { HttpPair } from "../../core/index.ts";
import {
  analysesOf,
  NO_ANALYSIS,
  parseRequest,
  parseResponse,
  renderPair,
  type AnalysisBounds,
} from "../../data/http/index.ts";
import type { Datum } from "../../train/backend.ts";
import type { Rng } from "../../util/rng.ts";
import type { TriageLanguage } from "./language.ts";

/** A pair in tokens. */
export interface TriageExample {
  readonly pair: HttpPair;
  /** Without and with the words of the policy. */
  readonly question: readonly number[];
  readonly engineered: readonly number[];
  /** From the shortest to the longest; the first is empty. */
  readonly analyses: readonly (readonly number[])[];
}

/** Throws InputError for messages that are none. */
export function toExample(pair: HttpPair, language: TriageLanguage): TriageExample {
  const { category } = pair;
  const request = parseRequest(pair.request, `${pair.id}: request`).message;
  const response = parseResponse(pair.response, `${pair.id}: response`).message;
  const shown = renderPair(request, response, category);
  return {
    pair,
    question: language.question({ category, pair: shown, engineered: false }),
    engineered: language.question({ category, pair: shown, engineered: true }),
    analyses: analysesOf(pair).map((text) => language.tokenizer.encode(text)),
  };
}

export interface DemonstrationSettings {
  /** Loss weight of the token of the verdict; those of an analysis have 1. */
  readonly verdictWeight: number;
  /** Share of examples that have the policy's words before them. */
  readonly engineered: number;
  /** Longer analyses are not shown. */
  readonly maxAnalysis: number;
}

/** Two sequences that share their question: the verdict alone, and behind one of the analyses within drawn bounds. */
export function demonstrate(
  { pair, question: plain, engineered, analyses }: TriageExample,
  language: TriageLanguage,
  settings: DemonstrationSettings,
  rng: Rng,
): Datum[] {
  const question = rng.chance(settings.engineered) ? engineered : plain;
  const written = analyses.filter((ids) => ids.length > 0 && ids.length <= settings.maxAnalysis);
  const chosen = written.length === 0 ? [] : [rng.pick(written)];
  const of = (analysis: readonly number[], bounds: AnalysisBounds): Datum => {
    const head = [...question, ...language.bounds(bounds)];
    const result = language.answer("", pair.is_vulnerable);
    const ids = [...head, ...analysis, ...result];
    const weights = [
      ...head.map(() => 0),
      ...analysis.map(() => 1),
      ...result.map((_, index) => (index === 1 ? settings.verdictWeight : 1)),
    ];
    return { ids, weights, shared: question.length };
  };
  return [of([], NO_ANALYSIS), ...chosen.map((analysis) => of(analysis, boundsAround(analysis.length, rng)))];
}

/** Multiples of this: few enough for each to be seen often. */
const STEP = 8;

/** Bounds that hold `length`, between half and twice of it. */
export function boundsAround(length: number, rng: Rng): AnalysisBounds {
  const down = Math.floor(length / STEP);
  const up = Math.ceil((length + 1) / STEP);
  return {
    min: STEP * (down - rng.int(Math.floor(down / 2) + 1)),
    max: STEP * (up + rng.int(up + 1)),
  };
}
