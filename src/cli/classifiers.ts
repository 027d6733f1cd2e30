/** What the commands that use a classifier share: finding it, its table of weaknesses, the names in it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Classifier } from "../core/classification.ts";
import { InputError } from "../core/errors.ts";
import type { Catalogue } from "../data/cwe/index.ts";

/** Where recipes leave classifiers, the best first. */
const DEFAULTS = ["runs/cwe/checkpoint", "runs/cwe-linear/checkpoint"];

export const MODEL_ARG = {
  type: "string",
  description: `Folder of a classifier (default: ${DEFAULTS.join(", else ")})`,
  valueHint: "DIR",
} as const;

/** Throws InputError when there is no such folder. */
export function classifierFolder(typed: string | undefined): string {
  if (typed !== undefined) {
    if (!existsSync(typed)) throw new InputError(`--model ${typed}: no such folder`);
    return typed;
  }
  const found = DEFAULTS.find((folder) => existsSync(folder));
  if (found === undefined)
    throw new InputError(`no classifier in ${DEFAULTS.join(" or ")}`, {
      hint: "give --model DIR, or train one: ironbark run cwe-linear",
    });
  return found;
}

export async function openClassifier(
  folder: string,
): Promise<{ classifier: Classifier; catalogue: Catalogue }> {
  const { loadClassifier } = await import("../model/classifier.ts");
  const { loadCatalogue, makeCatalogue } = await import("../data/cwe/catalogue.ts");
  const classifier = await loadClassifier(folder);
  const table = join(folder, "cwe.jsonl");
  return { classifier, catalogue: existsSync(table) ? loadCatalogue(table) : makeCatalogue([]) };
}

/** `CWE-79 Improper Neutralization ...`; only the label when the table has no name for it. */
export function titled(label: string, catalogue: Catalogue): string {
  const name = catalogue.weaknesses.get(label)?.name;
  return name === undefined ? label : `${label} ${name}`;
}
