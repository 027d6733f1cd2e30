/** Source code as a caller hands it over: files by path, or one piece of code. */
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { checkPath, PatchError, type Files } from "../core/patch.ts";

const MAX_FILES = 500;
const MAX_FILE_CHARACTERS = 1024 * 1024;

const source = z.string().max(MAX_FILE_CHARACTERS);

export const codeShape = {
  files: z.record(z.string(), source).optional().describe("Relative path -> source text"),
  code: source.optional().describe("One file's source text, instead of files"),
  language: z.string().max(40).optional().describe("Of code: python or javascript; guessed when left out"),
  filename: z.string().max(200).optional().describe("Of code"),
};
const CodeSchema = z.object(codeShape);

const SUFFIX: Readonly<Record<string, string>> = {
  python: ".py",
  py: ".py",
  javascript: ".js",
  js: ".js",
  node: ".js",
};

/** Throws InputError that names the key. */
export function filesOf(input: z.infer<typeof CodeSchema>): Files {
  const { files, code, filename } = input;
  if ((files === undefined) === (code === undefined))
    throw new InputError("expected files (path -> source) or code, one of the two");
  const all = files ?? { [filename ?? `code${suffixOf(code!, input.language)}`]: code! };
  const paths = Object.keys(all);
  if (paths.length === 0) throw new InputError("files: expected at least one");
  if (paths.length > MAX_FILES)
    throw new InputError(`files: expected at most ${MAX_FILES}, got ${paths.length}`);
  for (const path of paths) {
    try {
      checkPath(path);
    } catch (error) {
      if (error instanceof PatchError) throw new InputError(`files: ${error.message}`);
      throw error;
    }
  }
  return all;
}

/** Characters; a language shows itself early. */
const GUESSED_FROM = 20_000;

/** `.txt`, which no analyzer reads, for a language that none knows. */
function suffixOf(code: string, language: string | undefined): string {
  if (language !== undefined) return SUFFIX[language.toLowerCase()] ?? ".txt";
  const head = code.slice(0, GUESSED_FROM);
  const python = /^[ \t]*(def |import \w|from \w+ import|class \w|@\w)/m.test(head);
  const javascript = /\b(const|let|var) \w|\bfunction\b|=>|\brequire\(|;$/m.test(head);
  return javascript && !python ? ".js" : ".py";
}
