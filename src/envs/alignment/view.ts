/**
 * What a judge is shown of an answer. A judge is a model, so the code it judges can talk to it: whatever is there to be
 * read rather than run is taken away, and whatever could end the question or begin an answer is made harmless.
 */
import type { CodebleuLanguage } from "../../analyzers/codebleu/index.ts";
import { withoutComments } from "../../analyzers/codebleu/comments.ts";
import { parserOf } from "../../analyzers/grammars.ts";

export interface JudgedView {
  /** The code without comments and docstrings, and with marks and verdicts made harmless. */
  readonly code: string;
  /** Lines of it that are not blank. */
  readonly lines: number;
  /** Nothing that does anything is left: imports, `pass` and texts alone are nothing. */
  readonly empty: boolean;
  readonly parses: boolean;
  /** It had comments or docstrings. */
  readonly comments: boolean;
  /** A comment, a docstring or a text in it says that the code is safe. */
  readonly claims: boolean;
  /** It had marks that end a prompt or give a verdict. */
  readonly aimed: boolean;
}

/** Tags of an answer, of a question and of turns, and verdicts in brackets. */
const MARKS = [
  /<\s*\/?\s*(?:think|answer|output|code|system|user|assistant|im_start|im_end)\b[^>\n]*>?/gi,
  /<\|[^|\n]{0,40}\|>/g,
  /\[\/?INST\]|<<\/?SYS>>/gi,
  /\[\[\s*(?:yes|no)\s*\]\]/gi,
  /`{3,}|~{3,}/g,
];
const VERDICTS = /\b(?:not[ _-]?|in)?vulnerab\w*|\bno[ _-]vulnerabilit\w+/gi;
const CLAIMS =
  /\b(?:secure|safe(?:ly|d)?|sani[tz]i[sz]ed?|validated|harmless|trusted|not[ _-]?vulnerable|no[ _-](?:risk|vulnerabilit\w+|injection)|cannot be (?:exploited|injected|attacked)|reviewed|audited)\b/i;

const NOTHING = /^\s*(?:pass|\.\.\.|(?:import|from)\b.*|["'].*["'];?|\{|\}|\)|;)?\s*$/;

/** Throws PrerequisiteError when the grammar is not installed. */
export async function judgedView(code: string, language: CodebleuLanguage): Promise<JudgedView> {
  const parser = await parserOf(language);
  const bare = withoutComments(code, language);
  const aimed = MARKS.some((mark) => code.search(mark) >= 0);
  const lines = bare.split("\n").filter((line) => line.trim() !== "");
  const tree = parser.parse(bare);
  const parses = tree !== null && !tree.rootNode.hasError;
  tree?.delete();
  return {
    code: neutralised(bare),
    lines: lines.length,
    empty: lines.every((line) => NOTHING.test(line)),
    parses,
    comments: lines.join("\n").length < nonBlank(code).length,
    claims: CLAIMS.test(taken(code, bare)) || stringsOf(bare).some((text) => CLAIMS.test(text)),
    aimed,
  };
}

/** Marks lose their brackets, verdicts their letters; the code stays as long as it was, give or take. */
export function neutralised(text: string): string {
  const plain = MARKS.reduce((rest, mark) => rest.replace(mark, (found) => found.replace(/\W/g, "_")), text);
  return plain.replace(VERDICTS, (found) => "x".repeat(found.length));
}

const nonBlank = (text: string): string =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .join("\n");

/** The lines, or ends of lines, that were taken away. */
function taken(code: string, bare: string): string {
  const left = new Set(bare.split("\n").map((line) => line.trim()));
  return code
    .split("\n")
    .filter((line) => !left.has(line.trim()))
    .join("\n");
}

const stringsOf = (code: string): string[] =>
  [...code.matchAll(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g)].map(([text]) => text);
