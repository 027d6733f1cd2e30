/** The contenders of `eval detect`: models from a file of samplers, static analyzers, and answers that were saved. */
import type { Analyzer } from "../analyzers/index.ts";
import { InputError } from "../core/errors.ts";
import { splitOnce } from "./flags.ts";
import { didYouMean } from "./suggest.ts";

const TOOLS = ["bandit", "semgrep", "codeql"];

/** Throws InputError for a name that is not known, PrerequisiteError for a tool that is not installed. */
export async function openTools(typed: string): Promise<Analyzer[]> {
  const create = await import("../analyzers/index.ts");
  const open = async (text: string): Promise<Analyzer> => {
    const [name, value] = splitOnce(text.trim(), "=");
    // Not strict: compared with numbers of the plain tool.
    if (name === "bandit" && value === undefined) return create.createBanditAnalyzer();
    if (name === "semgrep" && value) {
      await create.semgrepVersion();
      return create.createSemgrepAnalyzer({ config: value });
    }
    if (name === "codeql") {
      await create.codeqlVersion();
      return create.createCodeqlAnalyzer(value ? { suite: value } : {});
    }
    if (name === "semgrep")
      throw new InputError("--tools semgrep: expected semgrep=RULES, a file or folder of rules");
    throw new InputError(`--tools: no tool ${JSON.stringify(name)}${didYouMean(name, TOOLS)}`, {
      hint: `tools: ${TOOLS.join(", ")}`,
    });
  };
  const opened: Analyzer[] = [];
  for (const one of typed.split(",")) opened.push(await open(one));
  return opened;
}

/** Names of files that tell contenders apart. */
export const fileNameOf = (name: string): string => name.replace(/[^\w.-]+/g, "-") || "model";
