/** Finds JSON in a text: the whole text, a fenced block, or the outermost braces or brackets. */

/** Undefined when there is none. */
export const jsonIn = (text: string): unknown => jsonsIn(text)[0];

/** Everything in a text that reads as JSON, what is most likely meant first. */
export function jsonsIn(text: string): unknown[] {
  const fenced = [...text.matchAll(/```(?:json)?\s*\n([^]*?)```/g)].map((match) => match[1]!);
  const spans = ["{}", "[]"].map((pair) => {
    const from = text.indexOf(pair[0]!);
    const to = text.lastIndexOf(pair[1]!);
    return from >= 0 && to > from ? { from, text: text.slice(from, to + 1) } : undefined;
  });
  // What opens first holds the other.
  const outer = spans.filter((span) => span !== undefined).toSorted((a, b) => a.from - b.from);
  return [text, ...fenced, ...outer.map((span) => span.text)].flatMap((candidate) => {
    try {
      return [JSON.parse(candidate) as unknown];
    } catch {
      // The next one may be it.
      return [];
    }
  });
}
