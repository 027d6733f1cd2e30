/** Judges a classifier on the rows of a split. */
import type { Classifier } from "../../src/core/classification.ts";
import type { Catalogue, DatasetRow } from "../../src/data/cwe/index.ts";
import { evaluateCwe, rankedAnswers, type CweEvaluation } from "../../src/eval/cwe/index.ts";

export async function judge(
  classifier: Classifier,
  rows: readonly DatasetRow[],
  catalogue: Catalogue,
  seed: number,
): Promise<CweEvaluation> {
  const answers = await rankedAnswers(
    classifier,
    rows.map((row) => ({ text: row.description, truth: row.cwe })),
  );
  return evaluateCwe(answers, { labels: classifier.labels, ancestors: catalogue.ancestors, seed });
}
