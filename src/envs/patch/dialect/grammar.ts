/**
 * The language of actions, followed token by token:
 *   <|identify|> TYPE TAG <|end|>
 *   <|patch|> (TAG search <|to|> replacement)+ <|end|>
 *   <|terminate|> <|end|>
 * The search text must be a run of tokens of the tagged line, so that every edit applies.
 */
import type { TokenConstraint } from "../../../model/constraint.ts";
import type { Lexicon } from "./lexicon.ts";
import type { Page, PageLine } from "./page.ts";
import { Speller } from "./spell.ts";
import type { Vocabulary } from "./vocabulary.ts";

export const MAX_EDITS = 3;
export const MAX_REPLACEMENT_TOKENS = 40;

type Place =
  | { readonly at: "action" | "type" | "edit-tag" | "end" | "done" }
  | { readonly at: "identify-tag"; readonly type: number }
  | {
      readonly at: "search";
      readonly line: PageLine;
      readonly starts: readonly number[];
      readonly length: number;
    }
  | { readonly at: "replacement"; readonly word: string; readonly length: number };

export interface FollowOptions {
  /** `identify` is offered until the weakness has been named. */
  readonly mayIdentify: boolean;
  /** Wrong answers so far, as [type, tag]: saying one again cannot be right. */
  readonly guessed: readonly (readonly [type: number, tag: number])[];
}

/** Masks that depend only on the page, shared by all sequences over it. */
export class PageGrammar {
  readonly vocabulary: Vocabulary;
  readonly page: Page;
  readonly speller: Speller;
  readonly byTag: ReadonlyMap<number, PageLine>;

  constructor(vocabulary: Vocabulary, lexicon: Lexicon, page: Page) {
    this.vocabulary = vocabulary;
    this.page = page;
    this.speller = new Speller(vocabulary, lexicon, page);
    this.byTag = new Map(page.lines.map((line) => [line.tag, line]));
  }

  /** A follower for one action. */
  follow(options: FollowOptions): ActionConstraint {
    return new ActionConstraint(this, options);
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
  #edits = 0;
  readonly #editedTags = new Set<number>();

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
        return this.#grammar.of(
          this.#options.mayIdentify
            ? [marks.identify, marks.patch, marks.terminate]
            : [marks.patch, marks.terminate],
        );
      case "type":
        return this.#grammar.of(types);
      case "identify-tag":
        return this.#grammar.of(this.#tagsExcept(this.#guessedTags(place.type)));
      case "edit-tag":
        return this.#grammar.of(this.#tagsExcept(this.#editedTags));
      case "search":
        return this.#searchMask(place);
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
        this.#place = { at: id === marks.identify ? "type" : id === marks.patch ? "edit-tag" : "end" };
        return;
      case "type":
        this.#place = { at: "identify-tag", type: id };
        return;
      case "identify-tag":
        this.#place = { at: "end" };
        return;
      case "edit-tag":
        this.#startEdit(id);
        return;
      case "search":
        this.#place =
          id === marks.to ? { at: "replacement", word: "", length: 0 } : this.#extendSearch(place, id);
        return;
      case "replacement":
        if (id === marks.end) this.#place = { at: "done" };
        else if (this.#grammar.byTag.has(id)) this.#startEdit(id);
        else
          this.#place = {
            at: "replacement",
            word: this.#grammar.speller.after(place.word, id),
            length: place.length + 1,
          };
        return;
      case "end":
      case "done":
        this.#place = { at: "done" };
    }
  }

  #guessedTags(type: number): Set<number> {
    return new Set(this.#options.guessed.filter((guess) => guess[0] === type).map((guess) => guess[1]));
  }

  #tagsExcept(taken: ReadonlySet<number>): number[] {
    return [...this.#grammar.byTag.keys()].filter((tag) => !taken.has(tag));
  }

  #startEdit(tag: number): void {
    const line = this.#grammar.byTag.get(tag)!;
    this.#edits++;
    this.#editedTags.add(tag);
    this.#place = { at: "search", line, starts: line.tokens.map((_, i) => i), length: 0 };
  }

  #extendSearch(place: Extract<Place, { at: "search" }>, id: number): Place {
    const starts = place.starts.filter((start) => place.line.tokens[start + place.length] === id);
    return { ...place, starts, length: place.length + 1 };
  }

  #searchMask(place: Extract<Place, { at: "search" }>): Uint8Array {
    const next = place.starts
      .map((start) => place.line.tokens[start + place.length])
      .filter((id) => id !== undefined);
    return this.#grammar.of(place.length > 0 ? [...next, this.#grammar.vocabulary.marks.to] : next);
  }

  #replacementMask(place: Extract<Place, { at: "replacement" }>): Uint8Array {
    const { speller, vocabulary } = this.#grammar;
    const full = place.length >= MAX_REPLACEMENT_TOKENS;
    if (full && !speller.complete(place.word)) {
      const letters = speller.mask(place.word);
      return letters.map((bit, id) => (vocabulary.kinds[id] === "word" ? bit : 0));
    }
    if (!speller.complete(place.word)) return speller.mask(place.word);
    const mask = full ? new Uint8Array(vocabulary.size) : speller.mask(place.word).slice();
    mask[vocabulary.marks.end] = 1;
    if (this.#edits < MAX_EDITS) for (const tag of this.#tagsExcept(this.#editedTags)) mask[tag] = 1;
    return mask;
  }
}
