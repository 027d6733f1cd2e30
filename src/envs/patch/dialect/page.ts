/** A page: an application's sources as tokens, and the places in it that a run of tokens can mean. */
import type { Files } from "../../../core/patch.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface PageLine {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly text: string;
  /** Tokens after the newline-and-indent token; their texts joined are `text` without its indent. */
  readonly tokens: readonly number[];
  /** Offset in `text` of each token, and of the end. */
  readonly offsets: readonly number[];
}

export interface Page {
  readonly files: Files;
  /** Prompt: sources, then the mark that asks for the first action. */
  readonly ids: readonly number[];
  readonly lines: readonly PageLine[];
}

/** Sources of more tokens than this are not shown: the policy could not attend to them. */
export const MAX_PAGE_TOKENS = 3000;

/** Blank lines are left out. Undefined when the sources are too long. */
export function renderPage(vocabulary: Vocabulary, files: Files): Page | undefined {
  const { tokenizer, marks } = vocabulary;
  const ids: number[] = [marks.app];
  const lines: PageLine[] = [];
  for (const [file, source] of Object.entries(files)) {
    ids.push(marks.file, ...tokenizer.encode(file));
    source.split("\n").forEach((text, index) => {
      if (text.trim() === "") return;
      const [lead, ...tokens] = tokenizer.encode(`\n${text}`);
      ids.push(lead!, ...tokens);
      lines.push({ file, line: index + 1, text, tokens, offsets: offsetsOf(vocabulary, text, tokens) });
    });
  }
  ids.push(marks.turn);
  return ids.length > MAX_PAGE_TOKENS ? undefined : { files, ids, lines };
}

/** Character offsets of the tokens in the line; a token that ends inside a character gets that character's start. */
function offsetsOf(vocabulary: Vocabulary, text: string, tokens: readonly number[]): number[] {
  const bytes = Buffer.from(text);
  const total = tokens.reduce((sum, id) => sum + vocabulary.tokenizer.byteLength(id), 0);
  const offsets: number[] = [];
  let at = bytes.length - total;
  for (const id of tokens) {
    offsets.push(bytes.subarray(0, at).toString().length);
    at += vocabulary.tokenizer.byteLength(id);
  }
  return [...offsets, text.length];
}

/** A run of tokens inside a line of the page. */
export interface Quote {
  readonly line: PageLine;
  readonly from: number;
  readonly to: number;
}

/** The first place where the tokens stand as whole words, in the order of the page. */
export function findQuote(page: Page, tokens: readonly number[]): Quote | undefined {
  for (const line of page.lines) {
    for (let from = 0; from + tokens.length <= line.tokens.length; from++) {
      const to = from + tokens.length;
      if (
        tokens.every((id, i) => line.tokens[from + i] === id) &&
        !cutsWord(line, from) &&
        !cutsWord(line, to)
      )
        return { line, from, to };
    }
  }
  return undefined;
}

/** Widens a quote, to the left first, until the page says its tokens nowhere before it; undefined when it cannot. */
export function uniqueQuote(page: Page, quote: Quote): Quote | undefined {
  const { line } = quote;
  let { from, to } = quote;
  for (;;) {
    const found = findQuote(page, line.tokens.slice(from, to));
    // The environment looks for the text itself, so that its first occurrence in the line must be the right one too.
    const start = line.offsets[from]!;
    const inLine = line.text.indexOf(line.text.slice(start, line.offsets[to]));
    if (found?.line === line && found.from === from && inLine === start) return { line, from, to };
    if (from > 0 && !cutsWord(line, to)) from--;
    else if (to < line.tokens.length) to++;
    else return undefined;
  }
}

/** A word goes on across the boundary before token `to`: half a word is never meant. */
export function cutsWord(line: PageLine, to: number): boolean {
  const at = line.offsets[to]!;
  return /^[A-Za-z]{2}$/.test(line.text.slice(at - 1, at + 1));
}
