/** Who is evaluated: a local model of some kind, or any model behind a sampler. */
import { InfraError, type Completion, type HttpPair, type Sampler } from "../../core/index.ts";
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
  /**
   * In the order of the pairs. A contender that always says the same may give one outcome for all samples; none at
   * all: the infrastructure failed.
   */
  answer(pairs: readonly HttpPair[], options: AnswerOptions): Promise<TriageOutcome[][]>;
}

/** Beyond the bounds: the tags, and tokens of another vocabulary. */
const SLACK = 128;

/** Asked in words; `engineered` puts the policy into the prompt. `onFailure` is told why a pair has no outcome. */
export function samplerContender(
  sampler: Sampler,
  engineered: boolean,
  onFailure: (message: string) => void = () => {},
): Contender {
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
      const out: (TriageOutcome | undefined)[][] = pairs.map(() => []);
      const answers = await mapLimit(calls, sampler.parallel, async ({ prompt, seed: own }) => {
        try {
          return await sampler.complete({ prompt, seed: own }, sampling, signal);
        } catch (error) {
          if (!(error instanceof InfraError)) throw error;
          onFailure(error.message);
          return undefined;
        }
      });
      calls.forEach(({ index }, at) => out[index]!.push(outcomeOf(answers[at])));
      // A vote with fewer samples than asked for would be another vote.
      return out.map((outcomes) => (outcomes.includes(undefined) ? [] : (outcomes as TriageOutcome[])));
    },
  };
}

function outcomeOf(completion: Completion | undefined): TriageOutcome | undefined {
  if (completion === undefined) return undefined;
  const { vulnerable, analysis } = readAnswer(completion.text);
  return { answer: vulnerable, probability: null, tokens: completion.completionTokens, analysis };
}
