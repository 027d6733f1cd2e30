/** What the cards of the weakness classifiers say beside their numbers. */
import { join } from "node:path";
import { measuredOn, type BaseModel, type ModelFacts } from "../../src/runs/index.ts";

const SHOWN = [
  "top1",
  "top3",
  "top5",
  "macro_f1",
  "weighted_f1",
  "hierarchical_f1",
  "ece",
  "answered",
  "answered_top1",
];

export interface CweModel {
  readonly folder: string;
  readonly name: string;
  readonly base?: BaseModel;
  /** Folder with train.jsonl, validation.jsonl and perhaps test.jsonl. */
  readonly dataset: string;
  readonly rows: number;
  /** Part of the data set that `metrics` were measured on. */
  readonly on: "validation" | "test";
  /** Those of summary.json. */
  readonly metrics: Readonly<Record<string, unknown>>;
}

export function cweFacts({ folder, name, base, dataset, rows, on, metrics }: CweModel): ModelFacts {
  const parts = on === "test" ? ["train", "validation", "test"] : ["train", "validation"];
  return {
    folder,
    name,
    task: "text-classification",
    summary:
      "Names the weakness (CWE) behind the description of a vulnerability, with calibrated probabilities.",
    ...(base === undefined ? {} : { base }),
    data: [
      {
        name: "cve-descriptions",
        description:
          "descriptions of published CVE records with their weakness, split by date of publication",
        made: "from files",
        rows,
        files: parts.map((part) => join(dataset, `${part}.jsonl`)),
      },
    ],
    measured: measuredOn(on, metrics, SHOWN),
    uses: ["suggesting a CWE for a new advisory", "sorting and searching advisories"],
    notFor: [
      'deciding alone what an advisory is about: use the probabilities and the answer "unsure"',
      "texts that are no descriptions of vulnerabilities: probabilities are calibrated for these only",
    ],
    limits: [
      "Labels are opinions: assigning authorities and CISA often name different weaknesses for one record.",
      "Weaknesses with few training rows are not among the labels and cannot be answered.",
      "English only; descriptions and customs of labelling change with time.",
    ],
  };
}
