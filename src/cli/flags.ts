/** Checks on what was typed that the argument parser does not make: unknown flags, missing values, stray words. */
import type { ArgsDef } from "citty";
import { InputError } from "../core/errors.ts";
import { didYouMean } from "./suggest.ts";

/** Throws InputError for anything that the command would otherwise silently ignore. */
export function checkArguments(rawArgs: readonly string[], args: ArgsDef): void {
  const flags = new Map(Object.entries(args).filter(([, def]) => def.type !== "positional"));
  const positionals = Object.entries(args).filter(([, def]) => def.type === "positional");
  const words: string[] = [];
  for (let at = 0; at < rawArgs.length; at++) {
    const arg = rawArgs[at]!;
    if (!arg.startsWith("-") || arg === "-") {
      words.push(arg);
      continue;
    }
    const [typed, inline] = splitOnce(arg, "=");
    const name = typed.replace(/^--?/, "");
    const def = flags.get(name) ?? (flags.get(name.replace(/^no-/, ""))?.type === "boolean" ? {} : undefined);
    if (def === undefined) {
      const known = [...flags.keys()].map((flag) => `--${flag}`);
      throw new InputError(`unknown option ${typed}${didYouMean(typed, known)}`, {
        hint: `options: ${known.join(", ")}`,
      });
    }
    if ((def.type === "string" || def.type === "enum") && inline === undefined) {
      const value = rawArgs[++at];
      if (value === undefined || value.startsWith("--"))
        throw new InputError(`${typed} needs a value`, { hint: `for instance ${typed}=VALUE` });
    }
  }
  if (words.length > positionals.length)
    throw new InputError(`unexpected argument ${JSON.stringify(words[positionals.length])}`);
  const missing = positionals.find(([, def], index) => def.required !== false && words[index] === undefined);
  if (missing !== undefined) throw new InputError(`missing argument ${missing[0].toUpperCase()}`);
}

/** Every value of a flag that may be given several times, in order. */
export function repeatedFlag(rawArgs: readonly string[], name: string): string[] {
  return rawArgs.flatMap((arg, at) => {
    if (arg === `--${name}`) return [rawArgs[at + 1] ?? ""];
    return arg.startsWith(`--${name}=`) ? [arg.slice(name.length + 3)] : [];
  });
}

/** A flag that must be a whole number of at least `least`. */
export function wholeNumber(flag: string, value: string, least = 0): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isInteger(number) || number < least)
    throw new InputError(
      `--${flag}: expected a whole number of at least ${least}, got ${JSON.stringify(value)}`,
    );
  return number;
}

/** A flag that must be a number of at least `least`. */
export function numberOf(flag: string, value: string, least: number): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number) || number < least)
    throw new InputError(`--${flag}: expected a number of at least ${least}, got ${JSON.stringify(value)}`);
  return number;
}

/** A flag that must be a number between 0 and 1. */
export function share(flag: string, value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !(number >= 0 && number <= 1))
    throw new InputError(`--${flag}: expected a number from 0 to 1, got ${JSON.stringify(value)}`);
  return number;
}

/** The parts before and after the first `separator`; the second is undefined without one. */
export function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
