/** Quotes and brackets of source text: whether one text leaves them as another does. */

/** Open string delimiter (empty: none), and the closing brackets that are awaited, innermost last. */
export interface LexicalState {
  readonly quote: string;
  readonly open: string;
  /** The same inside the open string, where an f-string's expressions need it; nothing is an error there. */
  readonly inner: string;
}

export const OUTSIDE: LexicalState = { quote: "", open: "", inner: "" };

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/**
 * The state behind `text` when it starts in `state`; undefined when a bracket closes that was not open, or a line ends
 * inside a string or a bracket (Python would permit the latter; nothing that a policy needs to say does).
 * Strings end at their own quote and escapes count. Comments are not told apart.
 */
export function lexicalAfter(state: LexicalState, text: string): LexicalState | undefined {
  let { quote, open, inner } = state;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === "\n" && (quote !== "" || open !== "")) return undefined;
    if (quote !== "") {
      if (char === "\\") i++;
      else if (char === quote) [quote, inner] = ["", ""];
      else if (CLOSING[char] !== undefined) inner += CLOSING[char];
      else if (inner !== "" && inner.at(-1) === char) inner = inner.slice(0, -1);
    } else if (char === '"' || char === "'") quote = char;
    else if (CLOSING[char] !== undefined) open += CLOSING[char];
    else if (")]}".includes(char)) {
      if (open.at(-1) !== char) return undefined;
      open = open.slice(0, -1);
    }
  }
  return { quote, open, inner };
}

export const sameState = (a: LexicalState | undefined, b: LexicalState | undefined): boolean =>
  a !== undefined && b !== undefined && a.quote === b.quote && a.open === b.open && a.inner === b.inner;
