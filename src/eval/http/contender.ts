/** Who is evaluated: a local model of some kind, or any model behind a sampler. */
import type { HttpPair, Sampler } from "../../core/index.ts";
import {
  parseRequest,
  parseResponse,
  questionText,
  readAnswer,
  renderPair,
  type AnalysisBounds,
} from "../../data/http/index.ts";
import { mapLimit } from "../../util/concurrency.ts";
import { hash32 } from "../../util/rng.ts";
import type { TriageOutcome } from "./kinds.ts";

export interface AnswerOptions {
  readonly bounds: AnalysisBounds;
  /** Local models only: keep to the bounds while drawing, rather than ask for it. */
  readonly enforce: boolean;
  readonly temperature: number;
  /** Answers to each pair. */
  readonly samples: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

export interface Contender {
  readonly name: string;
  /** JSON; two contenders with equal identities answer alike. */
  readonly identity: unknown;
  /** In the order of the pairs; a contender that always says the same may give one outcome for all samples. */
  answer(pairs: readonly HttpPair[], options: AnswerOptions): Promise<TriageOutcome[][]>;
}

/** Beyond the bounds: the tags, and tokens of another vocabulary. */
const SLACK = 128;

/** Asked in words; `engineered` puts the policy into the prompt. A failure of the endpoint rejects with InfraError. */
export function samplerContender(sampler: Sampler, engineered: boolean): Contender {
  return {
    name: `${sampler.name} ${engineered ? "PE-SC" : "SC"}`,
    identity: { sampler: sampler.identity, engineered },
    async answer(pairs, { bounds, temperature, samples, seed, signal }) {
      const calls = pairs.flatMap((pair, index) => {
        const request = parseRequest(pair.request, `${pair.id}: request`).message;
        const response = parseResponse(pair.response, `${pair.id}: response`).message;
        const shown = renderPair(request, response, pair.category);
        const prompt = questionText(pair.category, shown, bounds, engineered);
        return Array.from({ length: samples }, (_, copy) => ({
          index,
          prompt,
          seed: hash32(`${seed}/${pair.id}/${copy}`),
        }));
      });
      const sampling = { temperature, topP: 1, maxTokens: bounds.max + SLACK };
      const out: TriageOutcome[][] = pairs.map(() => []);
      const answers = await mapLimit(calls, sampler.parallel, ({ prompt, seed: own }) =>
        sampler.complete({ prompt, seed: own }, sampling, signal),
      );
      calls.forEach(({ index }, at) => {
        const { text, completionTokens } = answers[at]!;
        const { vulnerable, analysis } = readAnswer(text);
        out[index]!.push({ answer: vulnerable, probability: null, tokens: completionTokens, analysis });
      });
      return out;
    },
  };
}
