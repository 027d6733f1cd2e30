/** The bytes that the tokens of a `tokenizer.json` stand for, byte-level vocabularies and those of SentencePiece. */

/** GPT-2's printable stand-ins for the 256 bytes (the encoding that ByteLevel expects). */
export function byteAlphabet(): string[] {
  const printable = (b: number): boolean =>
    (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174 && b <= 255);
  let shifted = 0;
  return Array.from({ length: 256 }, (_, b) => String.fromCodePoint(printable(b) ? b : 256 + shifted++));
}

export interface DecoderSpec {
  readonly type?: string;
  readonly decoders?: readonly DecoderSpec[] | undefined;
  readonly content?: string;
  readonly start?: number;
}

const partsOf = (spec: DecoderSpec | null | undefined): readonly DecoderSpec[] =>
  spec === null || spec === undefined ? [] : spec.type === "Sequence" ? (spec.decoders ?? []) : [spec];

const BYTE = /^<0x[0-9A-F]{2}>$/;

/** Whether a token stands for one byte, as those do of which unknown characters are put together. */
export const isByteToken = (spec: DecoderSpec | null | undefined, token: string): boolean =>
  BYTE.test(token) && partsOf(spec).some(({ type }) => type === "ByteFallback");

/** How the vocabulary's entries become bytes, by the decoder that the file names. */
export function byteReader(spec: DecoderSpec | null | undefined): (token: string) => Uint8Array {
  const encoder = new TextEncoder();
  if (partsOf(spec).some(({ type }) => type === "ByteLevel")) {
    const bytes = new Map(byteAlphabet().map((character, byte) => [character, byte]));
    return (token) => {
      const found = [...token].map((character) => bytes.get(character));
      return found.includes(undefined) ? encoder.encode(token) : Uint8Array.from(found as number[]);
    };
  }
  return (token) =>
    BYTE.test(token)
      ? Uint8Array.from([Number.parseInt(token.slice(3, 5), 16)])
      : encoder.encode(token.replaceAll("\u2581", " "));
}

/** Whether a decoded text loses the blank that it begins with. */
export const stripsFirstBlank = (spec: DecoderSpec | null | undefined): boolean =>
  partsOf(spec).some(({ type, content, start }) => type === "Strip" && content === " " && start === 1);
