/** Phase 2: groups of reflections for GRPO, from a stored failure set or from failures as they come. */
import type { TurnSampler } from "../../core/sampling.ts";
import type { Trace } from "../../core/trace.ts";
import type { AnalysisBounds } from "../../data/http/index.ts";
import { runWaves } from "../../rollout/waves.ts";
import { hash32, makeRng } from "../../util/rng.ts";
import { attempt, type Attempt } from "./attempt.ts";
import type { TriageExample } from "./examples.ts";
import type { TriageLanguage } from "./language.ts";
import { startReflection, type FirstAnswer } from "./reflect.ts";

/** First answers by whether they were right. */
export interface FirstAnswers {
  readonly failures: FirstAnswer[];
  readonly successes: FirstAnswer[];
}

export interface ReflectOptions {
  readonly sampler: TurnSampler;
  readonly language: TriageLanguage;
  /** Reflections on each first answer. */
  readonly reflections: number;
  readonly temperature: number;
  /** Of a reflection, and of the answer behind it. */
  readonly maxTokens: number;
  readonly seed: number;
}

/** Lets the policy answer each question once, and sorts what it answered. */
export async function firstAnswers(
  sampler: TurnSampler,
  language: TriageLanguage,
  examples: readonly TriageExample[],
  options: {
    readonly bounds: AnalysisBounds;
    readonly temperature: number;
    readonly seed: number;
    readonly signal?: AbortSignal;
  },
): Promise<FirstAnswers> {
  const questions = examples.map(({ question }) => question);
  const answers = await attempt(sampler, language, questions, { ...options, enforce: true, copies: 1 });
  const sorted: FirstAnswers = { failures: [], successes: [] };
  examples.forEach((example, index) => {
    const [{ vulnerable, ids }] = answers[index] as [Attempt];
    const right = vulnerable === example.pair.is_vulnerable;
    sorted[right ? "successes" : "failures"].push({ example, bounds: options.bounds, ids });
  });
  return sorted;
}

/** `reflections` for each first answer, each with the answer that follows; rewarded by whether that is right. */
export function reflectOn(first: readonly FirstAnswer[], options: ReflectOptions): Promise<Trace[][]> {
  const { sampler, language, reflections, temperature, maxTokens, seed } = options;
  const groups = first.map((one, index) =>
    Array.from({ length: reflections }, () =>
      startReflection(language, one, `${one.example.pair.id} ${index}`),
    ),
  );
  return runWaves(sampler, groups, {
    groupsPerWave: Math.max(1, Math.floor(128 / reflections)),
    maxTurns: 2,
    sampling: { temperature, topP: 1, maxTokens },
    seed,
  });
}

export interface PracticeDraw {
  /** Failures of a step. */
  readonly failures: number;
  /** Right first answers among them: without any, turning every answer round would be rewarded. */
  readonly successes: number;
  readonly seed: number;
}

/** What a step practises on: a function of seed and step, from stored first answers. */
export function drawPractice(
  { failures, successes }: FirstAnswers,
  draw: PracticeDraw,
  step: number,
): FirstAnswer[] {
  const rng = makeRng(`reflect/${draw.seed}/${step}`);
  const some = (from: readonly FirstAnswer[], count: number): FirstAnswer[] =>
    from.length === 0 ? [] : Array.from({ length: count }, () => rng.pick(from));
  return [...some(failures, draw.failures), ...some(successes, draw.successes)];
}

/**
 * Continuous practice: at each step the policy answers new pairs as it is now; what it fails at joins the failure set
 * (`onFailure`) and is practised at once, filled up from what it failed at before.
 */
export function continuousPractice(
  stored: FirstAnswers,
  options: Omit<ReflectOptions, "seed"> & {
    readonly draw: PracticeDraw;
    readonly bounds: AnalysisBounds;
    /** New pairs of a step. */
    readonly next: (step: number) => readonly TriageExample[];
    readonly onFailure: (failure: FirstAnswer) => void;
  },
): (step: number) => Promise<FirstAnswer[]> {
  const { sampler, language, draw, bounds, next, onFailure } = options;
  return async (step) => {
    const seed = hash32(`continuous/${draw.seed}/${step}`);
    const fresh = await firstAnswers(sampler, language, next(step), {
      bounds,
      temperature: options.temperature,
      seed,
    });
    for (const failure of fresh.failures) onFailure(failure);
    const drawn = drawPractice(stored, draw, step);
    stored.failures.push(...fresh.failures);
    stored.successes.push(...fresh.successes);
    const failures = [...fresh.failures, ...drawn.filter((one) => stored.failures.includes(one))];
    const successes = [...fresh.successes, ...drawn.filter((one) => stored.successes.includes(one))];
    return [...failures.slice(0, draw.failures), ...successes.slice(0, draw.successes)];
  };
}
