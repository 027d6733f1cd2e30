/**
 * Self-reflection (Bensal et al. 2025, "Reflect, retry, reward"): after an answer the policy writes a reflection and
 * answers again. Only the reflection is rewarded, by whether the second answer is right. The prompt does not say
 * whether the first answer was: with two verdicts, saying so would give the second one away.
 */
import type { Reward } from "../../core/reward.ts";
import type { Trace } from "../../core/trace.ts";
import { NO_ANALYSIS, type AnalysisBounds } from "../../data/http/index.ts";
import type { Episode, EpisodeStep } from "../../rollout/episode.ts";
import type { Datum } from "../../train/backend.ts";
import type { Rng } from "../../util/rng.ts";
import type { TriageExample } from "./examples.ts";
import type { TriageLanguage } from "./language.ts";

/** A first answer, in tokens from the bounds to the end. */
export interface FirstAnswer {
  readonly example: TriageExample;
  readonly bounds: AnalysisBounds;
  readonly ids: readonly number[];
}

/** Up to and with the mark behind which a reflection stands. */
export function reflectionPrompt(language: TriageLanguage, first: FirstAnswer): number[] {
  const { end, reflect } = language.marks;
  const answer = first.ids.at(-1) === end ? first.ids : [...first.ids, end];
  return [...first.example.question, ...language.bounds(first.bounds), ...answer, reflect];
}

/** Two turns: the reflection, and the second answer, which is the verdict alone: the reflection was its analysis. */
export function startReflection(language: TriageLanguage, first: FirstAnswer, task: string): Episode {
  const { pair } = first.example;
  let turn = 0;
  let reward: Reward = { value: 0, components: {} };
  let labels: Record<string, number> = {};
  return {
    task,
    prompt: reflectionPrompt(language, first),
    constraint: () => undefined,
    async act(ids, finished): Promise<EpisodeStep> {
      const text = language.tokenizer.decode(ids);
      const record = { action: text, observation: null, components: {} };
      // A reflection that does not end has no second answer behind it.
      if (turn++ === 0)
        return {
          record: { ...record, reward: null },
          append: [language.marks.retry, ...language.bounds(NO_ANALYSIS)],
          done: !finished,
        };
      const { vulnerable } = language.read(ids);
      const right = vulnerable === pair.is_vulnerable ? 1 : 0;
      reward = { value: right, components: { right } };
      labels = { right, unclear: vulnerable === null ? 1 : 0 };
      return { record: { ...record, reward: right }, append: [], done: true };
    },
    reward: () => reward,
    labels: () => labels,
    close: async () => {},
  };
}

/** The trace up to the end of the reflection: what stands behind it is not trained on. */
export function reflectionOnly(trace: Trace): Trace {
  return {
    ...trace,
    spans: trace.spans.slice(0, 1 + trace.spans.findIndex(({ author }) => author === "policy")),
  };
}

/**
 * How a reflection looks, from what is known by construction: a first verdict, right or wrong as often, what decides,
 * and the verdict that follows from it. Rows without a fact teach none.
 */
export function demonstrateReflection(example: TriageExample, language: TriageLanguage, rng: Rng): Datum[] {
  const { pair, question } = example;
  if (pair.fact === undefined) return [];
  const right = rng.chance(0.5);
  const first = language.answer("", right ? pair.is_vulnerable : !pair.is_vulnerable);
  const prompt = reflectionPrompt(language, { example, bounds: NO_ANALYSIS, ids: first });
  const says = `${pair.fact.says} ${right ? "The answer stands." : "The answer was wrong."}`;
  const reflection = [...language.tokenizer.encode(says), language.marks.end];
  const retry = [language.marks.retry, ...language.bounds(NO_ANALYSIS)];
  const second = language.answer("", pair.is_vulnerable);
  const ids = [...prompt, ...reflection, ...retry, ...second];
  const weights = [
    ...prompt.map(() => 0),
    ...reflection.map(() => 1),
    ...retry.map(() => 0),
    ...second.map(() => 1),
  ];
  return [{ ids, weights, shared: question.length }];
}
