/** Grammars, loaded when they are needed. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Language, Parser, type Tree } from "web-tree-sitter";
import { PrerequisiteError } from "../core/index.ts";
import type { CodebleuLanguage } from "./codebleu/languages.ts";
import { quickCursor, type Cursor, type ParserModule } from "./quick-cursor.ts";

/** Package, and its file where it is not named after the package. */
const PACKAGES: Readonly<Record<CodebleuLanguage, readonly [name: string, file?: string]>> = {
  python: ["tree-sitter-python"],
  javascript: ["tree-sitter-javascript"],
  java: ["tree-sitter-java"],
  c: ["tree-sitter-c"],
  cpp: ["tree-sitter-cpp"],
  c_sharp: ["tree-sitter-c-sharp", "tree-sitter-c_sharp.wasm"],
  go: ["tree-sitter-go"],
  php: ["tree-sitter-php"],
  ruby: ["tree-sitter-ruby"],
};

const parsers = new Map<CodebleuLanguage, Promise<Parser>>();
/** Filled in when the first grammar is loaded. */
const module = {} as Parameters<typeof Parser.init>[0] & ParserModule;
let ready: Promise<void> | undefined;

/** The parser of a language; the same one for every caller, which must not keep it across an await. */
export function parserOf(language: CodebleuLanguage): Promise<Parser> {
  const known = parsers.get(language);
  if (known !== undefined) return known;
  const parser = load(language);
  parsers.set(language, parser);
  parser.catch(() => parsers.delete(language));
  return parser;
}

async function load(language: CodebleuLanguage): Promise<Parser> {
  const [name, file = `${name}.wasm`] = PACKAGES[language];
  let path: string | undefined;
  try {
    path = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), file);
  } catch {
    // Not installed, which the next line says.
  }
  if (path === undefined || !existsSync(path))
    throw new PrerequisiteError(`the grammar of ${language} is missing: npm install ${name}`);
  await (ready ??= Parser.init(module));
  const parser = new Parser();
  parser.setLanguage(await Language.load(path));
  return parser;
}

/** Undefined when it takes longer than so many seconds of processor time, as some sources full of mistakes do. */
export function parseWithin(parser: Parser, text: string, seconds: number): Tree | undefined {
  const begun = process.cpuUsage();
  // The library's types leave out that an answer of true ends the parsing.
  const progressCallback = (): boolean => {
    const { user, system } = process.cpuUsage(begun);
    return user + system > seconds * 1e6;
  };
  const tree = parser.parse(text, undefined, { progressCallback });
  if (tree === null) parser.reset();
  return tree ?? undefined;
}

/** Over a tree of one of these parsers; until it is deleted, nothing else may be asked of any tree. */
export const walk = (tree: Tree): Cursor => quickCursor(module, tree);
