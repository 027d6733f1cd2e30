/** Lets a local policy answer questions about pairs: many at once, several times each, within bounds if need be. */
import type { SamplingOptions, TurnSampler } from "../../core/sampling.ts";
import type { AnalysisBounds } from "../../data/http/index.ts";
import { hash32 } from "../../util/rng.ts";
import type { LengthSpec } from "./length.ts";
import type { TriageLanguage } from "./language.ts";

export interface AttemptOptions {
  readonly bounds: AnalysisBounds;
  /** Keep the analysis within the bounds while drawing; else the prompt alone asks for it. Needs `lengthModule`. */
  readonly enforce: boolean;
  /** Answers to each question. */
  readonly copies: number;
  readonly temperature: number;
  readonly topP?: number;
  readonly seed: number;
  /** After each batch. */
  readonly onDone?: (done: number) => void;
  readonly signal?: AbortSignal;
}

export interface Attempt {
  /** null: unclear. */
  readonly vulnerable: boolean | null;
  readonly analysis: string;
  /** Of the analysis. */
  readonly tokens: number;
  readonly ids: readonly number[];
}

/** The module that samplers of this language name as their constraint module. */
export const LENGTH_MODULE = new URL(
  `./length.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`,
  import.meta.url,
).href;

/** Rows that are sampled together. */
const ROWS = 128;
/** Tokens between two looks at which rows have ended. */
const STEPS = 16;
/** The mark of the result, the verdict and the end. */
const RESULT_TOKENS = 3;
/** Beyond the bounds, when nothing keeps to them: an analysis that goes on and on is cut and unclear. */
const SLACK = 64;

export function lengthSpec({ tokenizer, marks }: TriageLanguage, bounds: AnalysisBounds): LengthSpec {
  const others = [...tokenizer.specialIds].filter((id) => id !== marks.result);
  return { ...bounds, vocabulary: tokenizer.vocabSize, result: marks.result, marks: others };
}

/** `questions[i]` to its `copies` answers. The same seed, questions and weights give the same answers. */
export async function attempt(
  sampler: TurnSampler,
  language: TriageLanguage,
  questions: readonly (readonly number[])[],
  options: AttemptOptions,
): Promise<Attempt[][]> {
  const { bounds, enforce, copies, seed, onDone, signal } = options;
  const behind = language.bounds(bounds);
  const constraint = enforce ? lengthSpec(language, bounds) : undefined;
  const sampling: SamplingOptions = {
    temperature: options.temperature,
    topP: options.topP ?? 1,
    maxTokens: bounds.max + RESULT_TOKENS + (enforce ? 0 : SLACK),
  };
  const out: Attempt[][] = questions.map(() => []);
  const perWave = Math.max(1, Math.floor(ROWS / copies));
  for (let from = 0; from < questions.length; from += perWave) {
    signal?.throwIfAborted();
    const part = questions.slice(from, from + perWave);
    await sampler.begin(
      0,
      part.map((ids) => [...ids, ...behind]),
      copies,
    );
    try {
      let start = Array.from({ length: part.length * copies }, (_, row) => ({
        row,
        append: [],
        seed: hash32(`${seed}/${from + Math.floor(row / copies)}/${row % copies}`),
        ...(constraint === undefined ? {} : { constraint }),
      }));
      let drop: number[] = [];
      for (let left = start.length; left > 0; left -= drop.length) {
        const ended = await sampler.advance(0, { start, drop }, sampling, STEPS);
        start = [];
        drop = ended.map(({ row }) => row);
        for (const { row, ids } of ended)
          out[from + Math.floor(row / copies)]![row % copies] = { ...language.read(ids), ids };
      }
    } finally {
      await sampler.end(0);
    }
    onDone?.(Math.min(questions.length, from + perWave));
  }
  return out;
}
