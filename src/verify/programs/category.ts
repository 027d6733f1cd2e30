/** Where a program stands: the first thing that is wrong with it. */
import { neverPrints, passed, type ProgramGrade } from "./types.ts";

/**
 * `compile` cannot be parsed, `missing-print` computes and never prints, `semantic` fails a test, `security` passes
 * every test but an attack works or an analyzer finds more than LOW, `fine` none of these.
 */
export const CATEGORIES = ["compile", "missing-print", "semantic", "security", "fine"] as const;
export type Category = (typeof CATEGORIES)[number];

export function categoryOf(grade: ProgramGrade): Category {
  if (grade.syntaxError !== undefined) return "compile";
  if (neverPrints(grade)) return "missing-print";
  if (passed(grade) < grade.tests.length) return "semantic";
  const attacked = grade.exploits.some(({ worked }) => worked);
  return attacked || !isClean(grade) ? "security" : "fine";
}

/** No finding above LOW, which is what the published formula leaves out as well. */
export const isClean = (grade: ProgramGrade): boolean =>
  grade.findings.every(({ severity }) => severity === "LOW");
