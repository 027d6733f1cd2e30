/** Reads `script.ts` of a scenario folder: attacks and checks as functions. Only the verifier runs it, isolated. */
import { InputError } from "../core/errors.ts";
import type { Check } from "../core/scenario.ts";
import { eraseTypes, NoTypeScript } from "../util/erase-types.ts";
import { lineAt } from "./text-tree.ts";

const EXPORTED = /^export (?:async )?function (\w+)/gm;
const IMPORTED =
  /^(?:import|export)\b(?! type\b)[^;'"]*?from\s*["']([^"']+)["']|\brequire\(\s*["']([^"']+)["']\)/gm;

/**
 * The text as JavaScript, when `checks` (with the key of each) name exactly the functions that it exports. Throws
 * InputError naming `shown` and the line otherwise.
 */
export async function readScript(
  shown: string,
  text: string,
  checks: Iterable<readonly [string, Check]>,
): Promise<string> {
  const exported = new Map(
    [...text.matchAll(EXPORTED)].map((found) => [found[1]!, lineAt(text, found.index)]),
  );
  for (const { 1: from = "", 2: required = from, index } of text.matchAll(IMPORTED))
    if (!required.startsWith("node:"))
      throw new InputError(
        `${shown}:${lineAt(text, index)}: imports ${required}; expected modules of Node.js only`,
      );
  for (const [key, { script }] of checks) {
    if (script === undefined) continue;
    if (!exported.has(script))
      throw new InputError(`${shown}: exports no function ${script}, which ${key} names`);
  }
  const used = new Set([...checks].map(([, { script }]) => script));
  for (const [name, line] of exported)
    if (!used.has(name)) throw new InputError(`${shown}:${line}: nothing names the function ${name}`);
  try {
    return await eraseTypes(text);
  } catch (error) {
    if (error instanceof NoTypeScript)
      throw new InputError(`${shown}:${error.line}: is no TypeScript: ${error.message}`);
    throw error;
  }
}
