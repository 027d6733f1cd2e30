/** What the card of a triage model says beside its numbers. */
import { join } from "node:path";
import { measuredOn, type ModelFacts } from "../../src/runs/index.ts";

const SHOWN = ["accuracy", "precision", "recall", "f1", "false_positive_rate"];

export function triageFacts(
  folder: string,
  dataset: string,
  rows: number,
  metrics: Readonly<Record<string, unknown>>,
): ModelFacts {
  return {
    folder,
    name: "ironbark-http-triage",
    task: "text-classification",
    summary: "Judges whether an HTTP response shows a weakness, by a classification head and in words.",
    data: [
      {
        name: "ironbark-http-pairs",
        description: "generated pairs of request and response, each with a label that the oracle agrees with",
        made: "from a seed",
        rows,
        files: [join(dataset, "train.jsonl")],
      },
    ],
    measured: measuredOn("held-out templates", metrics["head"] as Record<string, unknown>, SHOWN),
    uses: [
      "a second opinion where the oracle has none",
      "trying fine-tuning, reflection and heads on a laptop",
    ],
    notFor: ["overruling the oracle, which ironbark triage never lets it do", "closing findings unseen"],
    limits: [
      "It has read generated sites alone: answers of real ones differ in ways that it has not met.",
      "A pair is shown shortened, at most 512 tokens of it.",
      "Its analyses are fluent before they are right: the verdict of the head does not depend on them.",
    ],
  };
}
