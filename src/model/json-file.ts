/** A JSON file of a checkpoint folder, read and checked against a schema. */
import { readFileSync } from "node:fs";
import type { z } from "zod";
import { InputError } from "../core/errors.ts";

/** Throws InputError naming the file and the key; `expected` says what the file should have been. */
export function readJsonFile<S extends z.ZodType>(file: string, schema: S, expected: string): z.output<S> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new InputError(`${file}: cannot be read; ${expected} was expected`, { cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${file}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError(`${file}: ${issue.path.join(".") || "top level"}: ${issue.message}`);
}
