/** Which tokens of a checkpoint end a text and fill a batch. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../core/errors.ts";
import { readJsonFile } from "../json-file.ts";
import type { Tokenizer } from "../tokenizer.ts";

const name = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform((t) => t.content)])
  .nullish();
const NAMES = z.looseObject({ eos_token: name, pad_token: name });
const IDS = z.looseObject({
  eos_token_id: z.union([z.int(), z.array(z.int())]).nullish(),
  pad_token_id: z.int().nullish(),
});

/**
 * The tokenizer's `eos_token` goes before `eos_token_id` of config.json: that of chat models ends a turn, the other
 * a document. Throws InputError when neither is there.
 */
export function endTokens(
  folder: string,
  tokenizer: Tokenizer,
): { readonly stop: number; readonly pad: number } {
  const file = join(folder, "tokenizer_config.json");
  const names = existsSync(file) ? readJsonFile(file, NAMES, "a tokenizer's settings") : {};
  const ids = readJsonFile(join(folder, "config.json"), IDS, "a Hugging Face checkpoint folder");
  const first = Array.isArray(ids.eos_token_id) ? ids.eos_token_id[0] : (ids.eos_token_id ?? undefined);
  const stop = special(tokenizer, names.eos_token) ?? first;
  if (stop === undefined)
    throw new InputError(
      `${folder}: expected eos_token in tokenizer_config.json or eos_token_id in config.json`,
    );
  return { stop, pad: special(tokenizer, names.pad_token) ?? ids.pad_token_id ?? stop };
}

/** Every token that ends an answer: the one above, and those of config.json and generation_config.json. */
export function allEndTokens(folder: string, tokenizer: Tokenizer): ReadonlySet<number> {
  const files = ["config.json", "generation_config.json"].map((name) => join(folder, name));
  const listed = files
    .filter((file) => existsSync(file))
    .flatMap((file) => readJsonFile(file, IDS, "a checkpoint's settings").eos_token_id ?? []);
  return new Set([endTokens(folder, tokenizer).stop, ...listed]);
}

function special(tokenizer: Tokenizer, content: string | null | undefined): number | undefined {
  if (!content) return undefined;
  try {
    return tokenizer.special(content);
  } catch {
    return undefined;
  }
}
