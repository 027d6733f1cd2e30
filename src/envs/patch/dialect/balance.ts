/** Quotes and brackets of source text: whether one text leaves them as another does. */

/** Open string delimiter (empty: none) and the closing brackets that are awaited, innermost last. */
export interface LexicalState {
  readonly quote: string;
  readonly open: string;
}

export const OUTSIDE: LexicalState = { quote: "", open: "" };

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/**
 * The state behind `text` when it starts in `state`; undefined when a bracket closes that was not open.
 * Strings end at their own quote, escapes count, brackets inside strings do not. Comments are not told apart.
 */
export function lexicalAfter(state: LexicalState, text: string): LexicalState | undefined {
  let { quote, open } = state;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== "") {
      if (char === "\\") i++;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (CLOSING[char] !== undefined) open += CLOSING[char];
    else if (")]}".includes(char)) {
      if (open.at(-1) !== char) return undefined;
      open = open.slice(0, -1);
    }
  }
  return { quote, open };
}

export const sameState = (a: LexicalState | undefined, b: LexicalState | undefined): boolean =>
  a !== undefined && b !== undefined && a.quote === b.quote && a.open === b.open;
