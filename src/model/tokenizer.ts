/** A tokenizer read from a `tokenizer.json`: text to ids and back. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer as HfTokenizer } from "@huggingface/tokenizers";
import { InputError } from "../core/errors.ts";
import { byteReader, isByteToken, stripsFirstBlank, type DecoderSpec } from "./token-bytes.ts";

interface SplitSpec {
  readonly pre_tokenizer?: {
    readonly pretokenizers?: readonly {
      readonly type: string;
      readonly pattern?: { readonly Regex?: string };
    }[];
  };
  readonly added_tokens?: readonly {
    readonly id: number;
    readonly content: string;
    readonly special?: boolean;
  }[];
  readonly decoder?: DecoderSpec | null;
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
}

/** `(?i:'s|'t)` to `(?:'[sS]|'[tT])`: Node 20 knows no modifiers inside an expression. */
function withoutModifiers(regex: string): string {
  return regex.replace(/\(\?i:([^()]*)\)/g, (_, body: string) => {
    const either = body.replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
    return `(?:${either})`;
  });
}

export class Tokenizer {
  readonly vocabSize: number;
  /** Whether a text loses the blank that it begins with when it is decoded. */
  readonly stripsFirstBlank: boolean;
  /** Added tokens that are marks and no text: those that `skip_special_tokens` leaves out. */
  readonly markIds: ReadonlySet<number>;
  readonly #inner: HfTokenizer;
  /** Knows no special tokens; only for tokenizers whose text is not cut into pieces first. */
  readonly #plain: HfTokenizer | undefined;
  readonly #special = new Map<string, number>();
  /** Added tokens, whose text is what they are called. */
  readonly #spelt: ReadonlySet<number>;
  readonly #readBytes: (token: string) => Uint8Array;
  readonly #pieces: RegExp | undefined;
  readonly #cache = new Map<string, readonly number[]>();

  constructor(json: object, config: object = {}) {
    const spec = json as SplitSpec;
    this.#inner = new HfTokenizer(json, config);
    for (const token of spec.added_tokens ?? []) this.#special.set(token.content, token.id);
    this.vocabSize = Math.max(...Object.values(spec.model.vocab), ...this.#special.values()) + 1;
    const added = spec.added_tokens ?? [];
    const isByte = (token: string): boolean => isByteToken(spec.decoder, token);
    this.markIds = new Set(
      added.flatMap(({ id, content, special }) => (special === true && !isByte(content) ? [id] : [])),
    );
    this.#spelt = new Set(added.flatMap(({ id, content }) => (isByte(content) ? [] : [id])));
    this.stripsFirstBlank = stripsFirstBlank(spec.decoder);
    this.#readBytes = byteReader(spec.decoder);
    const regex = spec.pre_tokenizer?.pretokenizers?.find((part) => part.type === "Split")?.pattern?.Regex;
    this.#pieces = regex === undefined ? undefined : new RegExp(withoutModifiers(regex), "gu");
    this.#plain = regex === undefined ? new HfTokenizer({ ...json, added_tokens: [] }, config) : undefined;
  }

  /** Reads `tokenizer.json` (and `tokenizer_config.json` if there) from a checkpoint folder. Throws InputError. */
  static async load(folder: string): Promise<Tokenizer> {
    const file = join(folder, "tokenizer.json");
    const text = await readFile(file, "utf8").catch((cause: unknown) => {
      throw new InputError(
        `${file}: cannot be read; a checkpoint folder with a tokenizer.json was expected`,
        { cause },
      );
    });
    const config = await readFile(join(folder, "tokenizer_config.json"), "utf8").catch(() => "{}");
    try {
      return new Tokenizer(JSON.parse(text) as object, JSON.parse(config) as object);
    } catch (cause) {
      throw new InputError(`${file}: not a usable tokenizer: ${(cause as Error).message}`, { cause });
    }
  }

  /**
   * Ids of plain text. Text that spells a special token is never encoded as that token: sources are hostile.
   * The pre-tokenizer's pieces are independent of one another, which is what makes the cache exact.
   */
  encode(text: string): number[] {
    if (this.#pieces === undefined) return this.#plain!.encode(text, { add_special_tokens: false }).ids;
    const out: number[] = [];
    for (const [piece] of text.matchAll(this.#pieces)) {
      for (const id of this.#encodePiece(piece)) out.push(id);
    }
    return out;
  }

  /**
   * Ids of a rendered chat template, in which special tokens are written out. Only for text whose author is trusted
   * with them: a message that spells `<|im_end|>` ends its turn here, as it does in transformers.
   */
  encodeTemplate(text: string): number[] {
    return this.#inner.encode(text, { add_special_tokens: false }).ids;
  }

  /** Ids with what the tokenizer puts around a text of its own accord (`[CLS]`, `<s>`), for encoders. */
  encodeText(text: string): number[] {
    return this.#inner.encode(text, { add_special_tokens: true }).ids;
  }

  #encodePiece(piece: string): readonly number[] {
    const known = this.#cache.get(piece);
    if (known !== undefined) return known;
    const ids = this.#inner.encode(piece, { add_special_tokens: false }).ids;
    if (this.#cache.size > 50_000) this.#cache.clear();
    this.#cache.set(piece, ids);
    return ids;
  }

  /** Bytes of text that an ordinary token stands for (byte-level vocabularies: one character a byte). */
  byteLength(id: number): number {
    return this.#inner.id_to_token(id)?.length ?? 0;
  }

  /** The bytes that a token stands for, perhaps a part of a character; undefined for an id that is not in use. */
  bytes(id: number): Uint8Array | undefined {
    const token = this.#inner.id_to_token(id);
    if (token === undefined) return undefined;
    return this.#spelt.has(id) ? new TextEncoder().encode(token) : this.#readBytes(token);
  }

  /** Text of the ids; special tokens are written out. */
  decode(ids: readonly number[]): string {
    if (ids.length === 0) return "";
    return this.#inner.decode([...ids], { skip_special_tokens: false, clean_up_tokenization_spaces: false });
  }

  /** Id of a special token. Throws when the tokenizer has none of that name. */
  special(content: string): number {
    const id = this.#special.get(content);
    if (id === undefined) throw new InputError(`the tokenizer has no special token ${content}`);
    return id;
  }

  get specialIds(): ReadonlySet<number> {
    return new Set(this.#special.values());
  }
}
