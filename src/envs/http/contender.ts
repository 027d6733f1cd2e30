/** A local triage model as the evaluation asks it: any of the six kinds. */
import type { HttpCategory, HttpPair } from "../../core/index.ts";
import type { Contender } from "../../eval/http/contender.ts";
import { traitsOf, type ModelKind, type TriageOutcome } from "../../eval/http/kinds.ts";
import type { TriageModel } from "./model.ts";

/** Throws InputError for a head that the model does not have. */
export function localContender(model: TriageModel, kind: ModelKind): Contender {
  const { tuned, engineered, head } = traitsOf(kind);
  return {
    name: kind,
    identity: { fingerprint: model.fingerprint, kind },
    async answer(pairs, options) {
      const out: TriageOutcome[][] = pairs.map(() => []);
      for (const [category, indices] of byCategory(pairs)) {
        const own = indices.map((index) => pairs[index]!);
        if (head) {
          const verdicts = await model.classify(own, category, engineered);
          verdicts.forEach(({ probability, vulnerable }, at) => {
            // A head says the same however often it is asked.
            out[indices[at]!] = [{ answer: vulnerable, probability, tokens: null, analysis: "" }];
          });
          continue;
        }
        const { samples, ...rest } = options;
        const answers = await model.write(own, category, {
          ...rest,
          copies: samples,
          engineered,
          adapted: tuned,
        });
        answers.forEach((some, at) => {
          out[indices[at]!] = some.map(({ vulnerable, tokens, analysis }) => {
            return { answer: vulnerable, probability: null, tokens, analysis };
          });
        });
      }
      return out;
    },
  };
}

function byCategory(pairs: readonly HttpPair[]): Map<HttpCategory, number[]> {
  const groups = new Map<HttpCategory, number[]>();
  pairs.forEach(({ category }, index) => groups.set(category, [...(groups.get(category) ?? []), index]));
  return groups;
}
