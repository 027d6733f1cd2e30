/** The constraint module that the engine's worker loads to keep a policy inside the language of actions. */
import type { TokenConstraint } from "../../../model/constraint.ts";
import { contentHash } from "../../../util/hash.ts";
import { loadDialect, type Dialect } from "./dialect.ts";
import { PageGrammar, type FollowOptions } from "./grammar.ts";
import { renderPage } from "./page.ts";

export interface ConstraintSpec extends FollowOptions {
  /** Folder with the tokenizer and the lexicon. */
  readonly checkpoint: string;
  readonly files: Readonly<Record<string, string>>;
}

const MAX_GRAMMARS = 512;
const dialects = new Map<string, Promise<Dialect>>();
const grammars = new Map<string, PageGrammar>();

export async function createConstraint(spec: unknown): Promise<TokenConstraint> {
  const { checkpoint, files, ...options } = spec as ConstraintSpec;
  let dialect = dialects.get(checkpoint);
  if (dialect === undefined) dialects.set(checkpoint, (dialect = loadDialect(checkpoint)));
  return grammarOf(await dialect, checkpoint, files).follow(options);
}

/** Keyed by content, never by a seed or an id: two applications must not share masks. */
function grammarOf(
  { vocabulary, lexicon }: Dialect,
  checkpoint: string,
  files: ConstraintSpec["files"],
): PageGrammar {
  const key = contentHash([checkpoint, files]);
  const known = grammars.get(key);
  if (known !== undefined) return known;
  const page = renderPage(vocabulary, files);
  if (page === undefined) throw new RangeError("the application is too long for a page");
  if (grammars.size >= MAX_GRAMMARS) grammars.delete(grammars.keys().next().value!);
  const grammar = new PageGrammar(vocabulary, lexicon, page);
  grammars.set(key, grammar);
  return grammar;
}
