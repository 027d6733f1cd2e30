/** A page: an application's sources as tokens, each line followed by its tag, and the way back from tags to lines. */
import type { Files } from "../../../core/patch.ts";
import { hash32 } from "../../../util/rng.ts";
import { MAX_LINE_TAGS, type Vocabulary } from "./vocabulary.ts";

export interface PageLine {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** Id of the tag that follows the line. */
  readonly tag: number;
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

/**
 * The tag stands behind its line because attention is causal: there it can summarise the line. Tags start at a
 * number that depends on the content, so that every tag is trained and none means "near the top".
 * Blank lines are left out. Returns undefined when there are more lines than tags.
 */
export function renderPage(vocabulary: Vocabulary, files: Files): Page | undefined {
  const { tokenizer, marks, firstTag } = vocabulary;
  const sources = Object.entries(files).map(([file, text]) => ({ file, lines: text.split("\n") }));
  const count = sources.reduce(
    (sum, source) => sum + source.lines.filter((line) => line.trim() !== "").length,
    0,
  );
  if (count > MAX_LINE_TAGS) return undefined;
  let tag = firstTag + (hash32(JSON.stringify(files)) % (MAX_LINE_TAGS - count + 1));
  const ids: number[] = [marks.app];
  const lines: PageLine[] = [];
  for (const source of sources) {
    ids.push(marks.file, ...tokenizer.encode(source.file));
    source.lines.forEach((text, index) => {
      if (text.trim() === "") return;
      const [lead, ...tokens] = tokenizer.encode(`\n${text}`);
      ids.push(lead!, ...tokens, tag);
      lines.push({
        file: source.file,
        line: index + 1,
        tag,
        text,
        tokens,
        offsets: offsetsOf(vocabulary, text, tokens),
      });
      tag++;
    });
  }
  ids.push(marks.turn);
  return { files, ids, lines };
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
