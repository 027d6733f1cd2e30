/** Grammars of the schemas that requests bring, made once for each schema. */
import { InputError } from "../../core/errors.ts";
import { schemaRule } from "../json/schema.ts";
import { sortTokens, tokenGrammar, type Grammar, type SortedTokens } from "../json/token-mask.ts";
import { ANY_OBJECT } from "../json/values.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** Characters of a schema. */
const MAX_SCHEMA = 65_536;
/** Schemas whose grammars are kept. */
const KEPT = 16;

/** `true` is any object; `end` are the tokens that end an answer. The function throws InputError for a bad schema. */
export function createGrammars(
  tokenizer: Tokenizer,
  vocabSize: number,
  end: ReadonlySet<number>,
): (schema: object | true) => Grammar {
  const kept = new Map<string, Grammar>();
  const added = tokenizer.specialIds;
  let sorted: SortedTokens | undefined;
  return (schema) => {
    const key = JSON.stringify(schema);
    if (key.length > MAX_SCHEMA)
      throw new InputError(`the schema has ${key.length} characters; at most ${MAX_SCHEMA}`);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const rule = schema === true ? ANY_OBJECT : schemaRule(schema);
    sorted ??= sortTokens(vocabSize, (id) =>
      added.has(id) || end.has(id) ? undefined : tokenizer.bytes(id),
    );
    const grammar = tokenGrammar(rule, sorted, end);
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value!);
    kept.set(key, grammar);
    return grammar;
  };
}
