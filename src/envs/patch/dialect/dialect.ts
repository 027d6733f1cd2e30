/** A dialect on disk: the tokenizer with its special tokens, and the lexicon, beside a checkpoint's weights. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../../core/errors.ts";
import { Tokenizer } from "../../../model/tokenizer.ts";
import { LexiconSchema, type Lexicon } from "./lexicon.ts";
import { Vocabulary } from "./vocabulary.ts";

export interface Dialect {
  readonly vocabulary: Vocabulary;
  readonly lexicon: Lexicon;
}

const LEXICON_FILE = "lexicon.json";

/** Throws InputError when the folder has no tokenizer or lexicon of this language. */
export async function loadDialect(folder: string): Promise<Dialect> {
  const vocabulary = new Vocabulary(await Tokenizer.load(folder));
  const file = join(folder, LEXICON_FILE);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new InputError(`${file}: cannot be read; a checkpoint made by a patch recipe was expected`, {
      cause,
    });
  });
  const parsed = LexiconSchema.safeParse(safeJson(text));
  if (!parsed.success)
    throw new InputError(
      `${file}: ${parsed.error.issues[0]!.message}; {"words": [...], "others": [...]} was expected`,
    );
  return { vocabulary, lexicon: parsed.data };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes tokenizer.json, tokenizer_config.json and lexicon.json into a checkpoint folder. */
export async function saveDialect(folder: string, tokenizerJson: object, lexicon: Lexicon): Promise<void> {
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    clean_up_tokenization_spaces: false,
    eos_token: "<|end|>",
    pad_token: "<|pad|>",
    model_max_length: 4096,
  };
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizerJson));
  await writeFile(join(folder, "tokenizer_config.json"), `${JSON.stringify(config, null, 2)}\n`);
  await writeFile(join(folder, LEXICON_FILE), `${JSON.stringify(lexicon)}\n`);
}
