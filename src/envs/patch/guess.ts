/** Whether a guess names a weakness of the scenario. */
import { CWE_TABLE } from "../../core/cwe.ts";
import type { Scenario } from "../../core/scenario.ts";

export interface Guess {
  readonly type: string;
  readonly file: string;
  readonly line: number;
}

/** Type, file and line must all belong to one weakness; lines count in the original files. */
export function isCorrectGuess(scenario: Scenario, guess: Guess): boolean {
  const type = canonicalType(guess.type);
  return scenario.weaknesses.some(
    (weakness) =>
      weakness.type === type &&
      weakness.locations.some((at) => at.file === guess.file && at.line === guess.line),
  );
}

/** `CWE-89`, `SQL Injection` and `sql-injection` all mean `sql_injection`. */
function canonicalType(name: string): string {
  const plain = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
  const entry = CWE_TABLE.find((row) =>
    [row.cwe, row.title].some((alias) => alias.toLowerCase().replaceAll(/[\s-]+/g, "_") === plain),
  );
  return entry?.type ?? plain;
}
