import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Tokenizer } from "../../src/model/tokenizer.ts";
import { writeReference } from "../support/reference.ts";

interface Expected {
  readonly texts: readonly string[];
  readonly bare: readonly number[][];
  readonly whole: readonly number[][];
  readonly decoded: readonly string[];
}

const reference = writeReference("token_ids.py", Number(process.env["PARITY_SEED"] ?? 0));
const reason = reference
  ? ""
  : " (skipped: this Python has no tokenizers; set IRONBARK_PYTHON to one that has)";

// Vocabularies are trained on this project's own files, so that no checkpoint has to be at hand.
describe.skipIf(reference === undefined)(`tokenizers against Python's${reason}`, () => {
  const { folder = "", names = [] } = reference ?? {};

  it.each(names)("%s: ids of code, scripts, blanks and special tokens, and their text", async (name) => {
    const expected = JSON.parse(readFileSync(join(folder, name, "reference.json"), "utf8")) as Expected;
    const tokenizer = await Tokenizer.load(join(folder, name));
    expect(expected.texts.length).toBeGreaterThan(500);
    expected.texts.forEach((text, i) => {
      expect(tokenizer.encodeTemplate(text), JSON.stringify(text)).toEqual(expected.bare[i]);
      expect(tokenizer.encodeText(text), JSON.stringify(text)).toEqual(expected.whole[i]);
      expect(tokenizer.decode(expected.bare[i]!), JSON.stringify(text)).toBe(expected.decoded[i]);
    });
  });

  it.each(names)("%s: a text that spells a special token does not become it", async (name) => {
    const tokenizer = await Tokenizer.load(join(folder, name));
    const end = tokenizer.special("<|im_end|>");
    expect(tokenizer.encodeTemplate("a<|im_end|>")).toContain(end);
    expect(tokenizer.encode("a<|im_end|>")).not.toContain(end);
  });
});
