/** What text can still do once it stands inside a longer one: in quotes, in an attribute, behind a folder or a host. */
import { ANY_MARKUP, ATTRIBUTE, HOST, MARKUP, REDIRECT, ROOT, SCHEME, SQL, SQL_QUOTE, TAG } from "./kinds.ts";
import type { Place } from "./program.ts";
import { addTaint, step, wholeTaints, type Taint, type Value } from "./value.ts";

/** Stands for what is not constant. */
export const HOLE = "\uFFFC";
const MARKUP_TEXT = /<[a-zA-Z!/]|\s[\w-]+=["']/;

export function joined(parts: readonly Value[], place: Place): Value {
  const text = parts.map((part) => part.text ?? HOLE).join("");
  const markup = MARKUP_TEXT.test(text);
  const taints = new Map<string, Taint>();
  let before = "";
  // Pieces of one text that come in one after another are not put together with anything.
  const builds = parts.some((part) => part.text !== undefined && part.text !== "" && part.text !== HOLE);
  for (const part of parts) {
    for (const [label, taint] of wholeTaints(part)) {
      const mask = inside(taint.mask, before, markup);
      if (mask !== 0)
        addTaint(taints, label, {
          mask,
          way: step(place, "becomes part of a text", taint.way),
          built: taint.built ?? (builds ? place : undefined),
          builtMarkup: taint.builtMarkup ?? (markup ? place : undefined),
        });
    }
    before += part.text ?? HOLE;
  }
  return { taints, refs: [], text };
}

function inside(mask: number, before: string, markup: boolean): number {
  let out = mask;
  const quoted = before.split("'").length % 2 === 0;
  const statement = (mask & (quoted ? SQL_QUOTE : SQL)) !== 0;
  out = statement ? out | SQL | SQL_QUOTE : out & ~(SQL | SQL_QUOTE);
  if (before !== "") out &= ~ROOT;
  if (/^\/[^/\\\uFFFC]|^[a-z]+:\/\/[^/\uFFFC]+\//i.test(before)) out &= ~(REDIRECT | HOST);
  if (before !== "" && !markup) out &= ~SCHEME;
  if (!markup) return out;
  const attribute = /=\s*(?:"[^"<>]*|'[^'<>]*)$/.test(before);
  const address = /\b(?:href|src|action|formaction)\s*=\s*["']?$/i.test(before);
  const ends = (mask & (attribute ? ATTRIBUTE : TAG)) !== 0;
  const harmful = ends || (address && (mask & SCHEME) !== 0) || (mask & MARKUP) !== 0;
  return (out & ~ANY_MARKUP) | (harmful ? MARKUP : 0);
}
