/** The skill that names the weakness an advisory speaks of: with a trained classifier, or by its words alone. */
import { z } from "zod";
import { maskCweIds } from "../data/cve/mentions.ts";
import { namedAnswers } from "../data/cwe/answers.ts";
import type { SkillAnswer, SkillTools } from "./types.ts";
import { WEAKNESSES } from "./weaknesses.ts";

export const ClassifySchema = z.object({
  text: z.string().min(1).max(100_000).describe("The advisory or description of a vulnerability"),
  top: z.int().min(1).max(50).default(3).describe("How many labels"),
});

/** Without a classifier `labels` have no score: words are no probability. */
export async function classify(
  { classifier: known }: Pick<SkillTools, "classifier">,
  { text, top }: z.infer<typeof ClassifySchema>,
): Promise<SkillAnswer> {
  if (known === undefined) return byWords(text, top);
  const { classifier, catalogue, name } = known;
  // Classifiers are trained on masked texts, as on the command line.
  const [answer] = await classifier.classify([maskCweIds(text)]);
  const labels = namedAnswers(answer!, top, catalogue);
  const lines = labels.map(
    ({ label, score, name: title }) => `${(score * 100).toFixed(1)} % ${label} ${title ?? ""}`,
  );
  const { unsure } = answer!;
  return {
    text: [...(unsure ? ["Unsure; the candidates are:"] : []), ...lines].join("\n"),
    data: { method: "classifier", model: name, unsure, labels },
  };
}

function byWords(text: string, top: number): SkillAnswer {
  const found = WEAKNESSES.map(({ cwe, title, words }) => ({
    cwe,
    title,
    hits: text.match(words)?.length ?? 0,
  }))
    .filter(({ hits }) => hits > 0)
    .toSorted((a, b) => b.hits - a.hits)
    .slice(0, top);
  const labels = found.map(({ cwe, title }) => ({ label: cwe, score: null, name: title }));
  const lines = labels.map(({ label, name }) => `${label} ${name}`);
  const says =
    lines.length === 0 ? "No weakness is named in words that are known here." : "By its words alone:";
  return {
    text: [says, ...lines].join("\n"),
    data: { method: "words", model: null, unsure: true, labels },
  };
}
