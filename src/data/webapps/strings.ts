/** The ways in which Python programs put values into a string. */
import type { Rng } from "../../util/rng.ts";

export const STRING_STYLES = ["concat", "fstring", "percent", "format", "join"] as const;
export type StringStyle = (typeof STRING_STYLES)[number];

export interface Value {
  /** A Python expression. */
  readonly value: string;
}
export type Part = string | Value;

export type Quote = '"' | "'";

/** The preferred quote unless the text contains it. */
export function quoteFor(text: string, preferred: Quote): Quote {
  const other = preferred === '"' ? "'" : '"';
  return text.includes(preferred) ? other : preferred;
}

export const literal = (text: string, preferred: Quote): string => {
  const q = quoteFor(text, preferred);
  return q + text + q;
};

/**
 * A Python expression for the parts in one style. Without a value the frame of the style stays where the
 * smallest patch would leave it: the `f` prefix and the call of join.
 */
export function buildString(style: StringStyle, parts: readonly Part[], preferred: Quote): string {
  const q = quoteFor(parts.filter((p) => typeof p === "string").join(""), preferred);
  const lit = (text: string): string => q + text + q;
  const values = parts.filter((p): p is Value => typeof p !== "string").map((p) => p.value);
  const text = (escapeText: (s: string) => string, hole: (v: string) => string): string =>
    parts.map((p) => (typeof p === "string" ? escapeText(p) : hole(p.value))).join("");
  const braces = (s: string): string => s.replace(/[{}]/g, "$&$&");
  switch (style) {
    case "concat":
      return parts.map((p) => (typeof p === "string" ? lit(p) : p.value)).join(" + ");
    case "fstring":
      return `f${lit(text(braces, (v) => `{${v}}`))}`;
    case "percent": {
      if (values.length === 0) return lit(text((s) => s, String));
      const tuple = values.length === 1 ? values[0] : `(${values.join(", ")})`;
      return `${lit(
        text(
          (s) => s.replaceAll("%", "%%"),
          () => "%s",
        ),
      )} % ${tuple}`;
    }
    case "format":
      if (values.length === 0) return lit(text((s) => s, String));
      return `${lit(text(braces, () => "{}"))}.format(${values.join(", ")})`;
    case "join":
      return `${q}${q}.join([${parts.map((p) => (typeof p === "string" ? lit(p) : p.value)).join(", ")}])`;
  }
}

/** Merges neighbouring literals, so that a fixed query is one literal again. */
export function mergeText(parts: readonly Part[]): Part[] {
  const out: Part[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (typeof part === "string" && typeof last === "string") out[out.length - 1] = last + part;
    else out.push(part);
  }
  return out;
}

export const pickQuote = (rng: Rng): Quote => (rng.chance(0.7) ? '"' : "'");
