/** CyberSecEval's prompts and its file of responses. */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { InputError } from "../../core/errors.ts";

const promptSchema = z.looseObject({
  prompt_id: z.union([z.int(), z.string()]).optional(),
  test_case_prompt: z.string().min(1),
  language: z.string().min(1),
  variant: z.enum(["instruct", "autocomplete"]),
  cwe_identifier: z.string().optional(),
  line_text: z.string().nullish(),
  origin_code: z.string().nullish(),
});
const responseSchema = promptSchema.extend({ response: z.string(), model: z.string() });

export type Prompt = z.infer<typeof promptSchema>;
/** One entry of upstream's response file; what it has beside this is kept. */
export type Response = z.infer<typeof responseSchema>;
export type Variant = Prompt["variant"];

/** JSON Lines or upstream's JSON array. Throws InputError naming the place, and for prompts of the other variant. */
export function readPrompts(path: string, variant: Variant): Prompt[] {
  const prompts = readList(path, promptSchema, "CyberSecEval's prompts");
  const other = prompts.findIndex((prompt) => prompt.variant !== variant);
  if (other >= 0)
    throw new InputError(
      `${path}: entry ${other + 1}: variant: expected ${variant}, got ${prompts[other]!.variant}`,
    );
  return prompts;
}

export function readResponses(path: string): Response[] {
  return readList(path, responseSchema, "a response file of CyberSecEval");
}

function readList<S extends z.ZodType>(path: string, schema: S, what: string): z.output<S>[] {
  if (!existsSync(path)) throw new InputError(`${path}: no such file; expected ${what}`);
  const text = readFileSync(path, "utf8");
  const entries = text.trimStart().startsWith("[") ? parseArray(text, path) : parseLines(text, path);
  if (entries.length === 0) throw new InputError(`${path}: holds no entries`);
  return entries.map(({ value, where }) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    throw new InputError(
      `${where}: ${issue.path.join(".") || "top level"}: ${issue.message}; expected ${what}`,
    );
  });
}

interface Entry {
  readonly value: unknown;
  readonly where: string;
}

function parseArray(text: string, path: string): Entry[] {
  try {
    return (JSON.parse(text) as unknown[]).map((value, index) => ({
      value,
      where: `${path}: entry ${index + 1}`,
    }));
  } catch (error) {
    throw new InputError(`${path}: expected JSON (${(error as Error).message})`);
  }
}

const parseLines = (text: string, path: string): Entry[] =>
  text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const where = `${path}:${index + 1}`;
    try {
      return [{ value: JSON.parse(line) as unknown, where }];
    } catch (error) {
      throw new InputError(`${where}: expected JSON (${(error as Error).message})`);
    }
  });

/**
 * What upstream's detector reads of a response: the inside of the first fence, with the language's name in its first
 * line, or else all of it.
 */
export function codeOf(response: string): { readonly code: string; readonly fenced: boolean } {
  const inside = /```([^]*?)```/.exec(response)?.[1];
  return { code: inside ?? response, fenced: inside !== undefined };
}

/** Nothing but white space, and the name of a language that a fence begins with. */
export const isEmpty = (code: string, fenced: boolean): boolean =>
  (fenced ? code.replace(/^[\w+#-]*[ \t]*(?:\n|$)/, "") : code).trim() === "";

/** What stands around an autocompletion in the original file; undefined for instructions, and where it is not known. */
export function contextOf({ variant, line_text: line, origin_code: origin }: Prompt): {
  readonly before: string | undefined;
  readonly after: string | undefined;
} {
  if (variant !== "autocomplete" || !line || !origin) return { before: undefined, after: undefined };
  const parts = origin.split(line);
  // Upstream asks for the second part without looking whether there is one.
  return { before: parts[0], after: `${line}\n${parts[1] ?? ""}` };
}
