/** The special tokens with which a policy and the patch environment speak, and what each ordinary token is made of. */
import { WEAKNESS_TYPES, type WeaknessType } from "../../../core/cwe.ts";
import type { Tokenizer } from "../../../model/tokenizer.ts";

const MARKS = ["app", "file", "turn", "obs", "identify", "patch", "terminate", "to", "end", "pad"] as const;
export type Mark = (typeof MARKS)[number];

const spell = (name: string): string => `<|${name}|>`;

/** Every special token, in the order of their ids. */
export const SPECIAL_TOKENS: readonly string[] = [...MARKS.map(spell), ...WEAKNESS_TYPES.map(spell)];

/** Letters only; a dot and letters; anything else; special. */
export type TokenKind = "word" | "dot-word" | "other" | "special";

export class Vocabulary {
  readonly tokenizer: Tokenizer;
  readonly marks: Readonly<Record<Mark, number>>;
  readonly types: readonly number[];
  readonly kinds: readonly TokenKind[];
  readonly texts: readonly string[];
  /** Tokens with a closing bracket or the end of a line, which are not possible everywhere. */
  readonly closers: readonly number[];

  constructor(tokenizer: Tokenizer) {
    this.tokenizer = tokenizer;
    this.marks = Object.fromEntries(MARKS.map((mark) => [mark, tokenizer.special(spell(mark))])) as Record<
      Mark,
      number
    >;
    this.types = WEAKNESS_TYPES.map((type) => tokenizer.special(spell(type)));
    const special = tokenizer.specialIds;
    this.texts = Array.from({ length: tokenizer.vocabSize }, (_, id) =>
      special.has(id) ? "" : tokenizer.decode([id]),
    );
    this.kinds = this.texts.map((text, id) => {
      if (special.has(id)) return "special";
      if (/^[A-Za-z]+$/.test(text)) return "word";
      return /^\.[A-Za-z]+$/.test(text) ? "dot-word" : "other";
    });
    this.closers = this.texts.flatMap((text, id) => (/[)\]}\n]/.test(text) ? [id] : []));
  }

  get size(): number {
    return this.tokenizer.vocabSize;
  }

  typeOf(id: number): WeaknessType | undefined {
    return WEAKNESS_TYPES[this.types.indexOf(id)];
  }
}
