/** Labels by a table of weaknesses: a category or a view is none, and a name stands for its weakness. */
import type { Labelling } from "../cve/record.ts";
import { loadCatalogue, type Catalogue } from "./catalogue.ts";

/** Throws InputError when the table cannot be read. */
export function labellingBy(path: string): Labelling {
  return labellingOf(loadCatalogue(path));
}

export function labellingOf(catalogue: Catalogue): Labelling {
  return { isLabel: (cwe) => catalogue.weaknesses.has(cwe), cweOfName: catalogue.named };
}
