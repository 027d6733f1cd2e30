/** Which analyzers read the programs that a command grades. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Analyzer } from "../analyzers/index.ts";
import { InputError } from "../core/errors.ts";
import { splitOnce } from "./flags.ts";
import { didYouMean } from "./suggest.ts";

const NAMES = ["flows", "bandit", "javascript", "semgrep", "codeql"];

export const ANALYZERS_ARG = {
  analyzers: {
    type: "string",
    default: "bandit,javascript",
    description:
      "What reads the programs, with commas: flows (what a request reaches), bandit (Python), javascript, semgrep=RULES, codeql or codeql=SUITE (both must be installed), none",
    valueHint: "NAMES",
  },
} as const;

/** Throws InputError for a name that is not known, PrerequisiteError for a tool that is not installed. */
export async function openAnalyzers(typed: string): Promise<Analyzer> {
  const { combineAnalyzers } = await import("../analyzers/index.ts");
  return combineAnalyzers(await openEachAnalyzer(typed));
}

/** As `openAnalyzers`, one by one: for who needs to know which of them said what. */
export async function openEachAnalyzer(typed: string): Promise<Analyzer[]> {
  const create = await import("../analyzers/index.ts");
  const open = async (text: string): Promise<Analyzer> => {
    const [name, value] = splitOnce(text.trim(), "=");
    // Strict: a comment in the program must not silence what is found in it.
    if (name === "flows" && value === undefined) return create.createFlowAnalyzer();
    if (name === "bandit" && value === undefined) return create.createBanditAnalyzer({ strict: true });
    if (name === "javascript" && value === undefined) return create.createJavaScriptAnalyzer();
    if (name === "semgrep" && value) {
      await create.semgrepVersion();
      // It runs in another folder. What is no file here may be a name of its registry.
      return create.createSemgrepAnalyzer({ config: existsSync(value) ? resolve(value) : value });
    }
    if (name === "codeql") {
      await create.codeqlVersion();
      return create.createCodeqlAnalyzer(value ? { suite: value } : {});
    }
    if (name === "semgrep") throw new InputError("--analyzers: semgrep needs its rules: semgrep=FILE");
    throw new InputError(`--analyzers: no analyzer ${JSON.stringify(text)}${didYouMean(name, NAMES)}`, {
      hint: `there are ${NAMES.join(", ")}`,
    });
  };
  return typed.trim() === "none" ? [] : Promise.all(typed.split(",").map(open));
}
