/**
 * The language of actions, followed token by token:
 *   <|identify|> TYPE quote <|end|>
 *   (<|patch|> quote <|to|> replacement)+ <|end|>
 *   <|terminate|> <|end|>
 * A quote is a run of whole words of one line of the page and means the first place where it stands: a policy points
 * by copying, and every edit it can say applies. A replacement leaves quotes and brackets as the text it replaces does,
 * and lines of Python remain lines of Python.
 */
import type { TokenConstraint } from "../../../model/constraint.ts";
import type { Lexicon } from "./lexicon.ts";
import { lexicalAfter, OUTSIDE, sameState, type LexicalState } from "./balance.ts";
import { cutsWord, findQuote, type Page, type PageLine } from "./page.ts";
import { PythonLine } from "./python/line.ts";
import { Speller } from "./spell.ts";
import type { Vocabulary } from "./vocabulary.ts";

export const MAX_EDITS = 3;
export const MAX_REPLACEMENT_TOKENS = 40;

/** A place in the page where a quote may go on: index into all lines' tokens. */
interface Cursor {
  readonly line: number;
  readonly at: number;
}

type Place =
  | { readonly at: "action" | "type" | "end" | "done" }
  | {
      readonly at: "quote";
      readonly of: "line" | "search";
      readonly said: readonly number[];
      readonly cursors: readonly Cursor[];
    }
  | {
      readonly at: "replacement";
      readonly word: string;
      readonly length: number;
      /** Behind what has been written; undefined when a bracket was closed that is not open. */
      readonly now: LexicalState | undefined;
      /** Behind the text that is replaced. */
      readonly wanted: LexicalState | undefined;
      readonly line: Written | undefined;
    };

/** A line of Python with the replacement so far, and what it has to become. */
interface Written {
  readonly now: PythonLine;
  /** The rest of the line, behind the text that is replaced. */
  readonly rest: string;
  /** How the original line ends. */
  readonly original: NonNullable<ReturnType<PythonLine["finish"]>>;
}

export interface FollowOptions {
  /** `identify` is offered until the weakness has been named. */
  readonly mayIdentify: boolean;
  /** Wrong answers so far, as type token and index of the page's line: naming one again cannot be right. */
  readonly guessed: readonly (readonly [type: number, line: number])[];
}

/** Masks that depend only on the page, shared by all sequences over it. */
export class PageGrammar {
  readonly vocabulary: Vocabulary;
  readonly page: Page;
  readonly speller: Speller;
  /** Every token of every line that does not stand inside a word. */
  readonly starts: readonly Cursor[];
  readonly #continuations = new Map<string, Uint8Array>();

  constructor(vocabulary: Vocabulary, lexicon: Lexicon, page: Page) {
    this.vocabulary = vocabulary;
    this.page = page;
    this.speller = new Speller(vocabulary, lexicon, page);
    this.starts = page.lines.flatMap((line, index) =>
      line.tokens.flatMap((_, at) => (cutsWord(line, at) ? [] : [{ line: index, at }])),
    );
  }

  /** A follower for one action. */
  follow(options: FollowOptions): ActionConstraint {
    return new ActionConstraint(this, options);
  }

  /** Those of the tokens `open` with which the line stays Python. Shared: do not change. */
  continuations(line: PythonLine, word: string, open: Uint8Array): Uint8Array {
    const key = `${word}\u0002${line.key}`;
    let mask = this.#continuations.get(key);
    if (mask === undefined) {
      mask = open.map((bit, id) => (bit === 1 && this.#extends(line, id) ? 1 : 0));
      this.#continuations.set(key, mask);
    }
    return mask;
  }

  #extends(line: PythonLine, id: number): boolean {
    const next = line.clone();
    if (!next.write(this.vocabulary.texts[id]!)) return false;
    const { speller } = this;
    return next.canEndWord(
      (word) => speller.has(word),
      (letters) => speller.beginsName(letters),
    );
  }

  tokenAt(cursor: Cursor): number | undefined {
    return this.page.lines[cursor.line]!.tokens[cursor.at];
  }

  of(ids: Iterable<number>): Uint8Array {
    const mask = new Uint8Array(this.vocabulary.size);
    for (const id of ids) mask[id] = 1;
    return mask;
  }
}

export class ActionConstraint implements TokenConstraint {
  readonly #grammar: PageGrammar;
  readonly #options: FollowOptions;
  #place: Place = { at: "action" };
  #type = -1;
  #edits = 0;

  constructor(grammar: PageGrammar, options: FollowOptions) {
    this.#grammar = grammar;
    this.#options = options;
  }

  get finished(): boolean {
    return this.#place.at === "done";
  }

  mask(): Uint8Array {
    const { marks, types } = this.#grammar.vocabulary;
    const place = this.#place;
    switch (place.at) {
      case "action":
        return this.#grammar.of([
          marks.patch,
          marks.terminate,
          ...(this.#options.mayIdentify ? [marks.identify] : []),
        ]);
      case "type":
        return this.#grammar.of(types);
      case "quote":
        return this.#quoteMask(place);
      case "replacement":
        return this.#replacementMask(place);
      case "end":
      case "done":
        return this.#grammar.of([marks.end]);
    }
  }

  push(id: number): void {
    const { marks } = this.#grammar.vocabulary;
    const place = this.#place;
    switch (place.at) {
      case "action":
        if (id === marks.identify) this.#place = { at: "type" };
        else if (id === marks.patch) this.#startEdit();
        else this.#place = { at: "end" };
        return;
      case "type":
        this.#type = id;
        this.#place = { at: "quote", of: "line", said: [], cursors: this.#unguessedStarts() };
        return;
      case "quote":
        if (id === marks.end) this.#place = { at: "done" };
        else
          this.#place = id === marks.to ? this.#startReplacement(place.said) : this.#extendQuote(place, id);
        return;
      case "replacement":
        if (id === marks.end) this.#place = { at: "done" };
        else if (id === marks.patch) this.#startEdit();
        else this.#place = this.#extendReplacement(place, id);
        return;
      case "end":
      case "done":
        this.#place = { at: "done" };
    }
  }

  #startEdit(): void {
    this.#edits++;
    this.#place = { at: "quote", of: "search", said: [], cursors: this.#grammar.starts };
  }

  #unguessedStarts(): readonly Cursor[] {
    const left = this.#grammar.starts.filter(({ line }) => !this.#wasGuessed(line));
    return left.length > 0 ? left : this.#grammar.starts;
  }

  #startReplacement(said: readonly number[]): Place {
    const quote = findQuote(this.#grammar.page, said);
    const { text, offsets } = quote?.line ?? { text: "", offsets: [0] };
    const [from, to] = quote === undefined ? [0, 0] : [offsets[quote.from]!, offsets[quote.to]!];
    const now = lexicalAfter(OUTSIDE, text.slice(0, from));
    return {
      at: "replacement",
      word: "",
      length: 0,
      now,
      wanted: now && lexicalAfter(now, text.slice(from, to)),
      line: quote === undefined ? undefined : writtenUpTo(quote.line, from, to),
    };
  }

  #extendQuote(place: Extract<Place, { at: "quote" }>, id: number): Place {
    const going = place.cursors.filter((cursor) => this.#grammar.tokenAt(cursor) === id);
    return {
      ...place,
      said: [...place.said, id],
      cursors: going.map(({ line, at }) => ({ line, at: at + 1 })),
    };
  }

  #extendReplacement(place: Extract<Place, { at: "replacement" }>, id: number): Place {
    const { speller, vocabulary } = this.#grammar;
    return {
      ...place,
      word: speller.after(place.word, id),
      length: place.length + 1,
      now: place.now && lexicalAfter(place.now, vocabulary.texts[id]!),
      line: place.line && writtenMore(place.line, vocabulary.texts[id]!),
    };
  }

  #quoteMask(place: Extract<Place, { at: "quote" }>): Uint8Array {
    const { marks } = this.#grammar.vocabulary;
    const next = place.cursors
      .map((cursor) => this.#grammar.tokenAt(cursor))
      .filter((id) => id !== undefined);
    const mask = this.#grammar.of(next);
    if (place.said.length === 0) return mask;
    const meant = findQuote(this.#grammar.page, place.said);
    const known =
      meant !== undefined &&
      place.of === "line" &&
      this.#wasGuessed(this.#grammar.page.lines.indexOf(meant.line));
    // With nothing left to add, even a bad answer has to be let out.
    if ((meant !== undefined && !known) || next.length === 0)
      mask[place.of === "search" ? marks.to : marks.end] = 1;
    return mask;
  }

  #wasGuessed(line: number): boolean {
    return this.#options.guessed.some((guess) => guess[0] === this.#type && guess[1] === line);
  }

  #replacementMask(place: Extract<Place, { at: "replacement" }>): Uint8Array {
    const { speller, vocabulary } = this.#grammar;
    const full = place.length >= MAX_REPLACEMENT_TOKENS;
    const open = speller.mask(place.word);
    if (!speller.complete(place.word)) {
      return full ? open.map((bit, id) => (vocabulary.kinds[id] === "word" ? bit : 0)) : open;
    }
    const mask = full ? new Uint8Array(vocabulary.size) : this.#goOn(place, open);
    if (full || place.wanted === undefined || (sameState(place.now, place.wanted) && isWhole(place.line))) {
      mask[vocabulary.marks.end] = 1;
      if (this.#edits < MAX_EDITS) mask[vocabulary.marks.patch] = 1;
    }
    return mask;
  }

  /** A copy of what may follow; without regard to Python where Python knows no way on. */
  #goOn({ line, word, now }: Extract<Place, { at: "replacement" }>, open: Uint8Array): Uint8Array {
    const kept = this.#keepOpen(open, now);
    if (line === undefined) return kept;
    const python = this.#grammar.continuations(line.now, word, open);
    const both = kept.map((bit, id) => bit & python[id]!);
    return both.includes(1) || isWhole(line) ? both : kept;
  }

  /** A copy without the tokens that would close a bracket that is not open, or end a line inside a string. */
  #keepOpen(mask: Uint8Array, now: LexicalState | undefined): Uint8Array {
    const { closers, texts } = this.#grammar.vocabulary;
    const kept = mask.slice();
    if (now !== undefined)
      for (const id of closers)
        if (kept[id] === 1 && lexicalAfter(now, texts[id]!) === undefined) kept[id] = 0;
    return kept;
  }
}

/** Undefined where the line is not Python, or not Python that is understood. */
function writtenUpTo({ file, text }: PageLine, from: number, to: number): Written | undefined {
  if (!file.endsWith(".py")) return undefined;
  const start = new PythonLine(text.length - text.trimStart().length);
  const now = start.clone();
  const whole = start.write(text) ? start.finish() : undefined;
  const understood = whole && now.write(text.slice(0, from)) && now.stayAround(text.slice(from, to));
  return understood ? { now, rest: text.slice(to), original: whole } : undefined;
}

function writtenMore(line: Written, text: string): Written | undefined {
  const now = line.now.clone();
  return now.write(text) ? { ...line, now } : undefined;
}

/** With its rest the line is whole, and what follows it on the page still can: a block, or no block. */
function isWhole(line: Written | undefined): boolean {
  if (line === undefined) return true;
  const { original } = line;
  const end = line.now.clone();
  end.leave();
  const whole = end.write(line.rest) ? end.finish() : undefined;
  if (whole === undefined) return false;
  if (!original.header) return !whole.header;
  return whole.header ? whole.indent === original.indent : whole.indent > original.indent;
}
