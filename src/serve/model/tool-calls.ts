/** Calls of tools in what a model writes: told apart from the text around them as it comes. */

export interface ToolCall {
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

export type Piece = { readonly text: string } | { readonly call: ToolCall };

/** Reads one answer, piece by piece. */
export interface ToolReader {
  push(text: string): Piece[];
  end(): Piece[];
}

const OPEN = "<tool_call>";
const CLOSE = "</tool_call>";

/** No tools: everything is text. */
export const plainReader = (): ToolReader => ({
  push: (text) => (text === "" ? [] : [{ text }]),
  end: () => [],
});

/** The whole answer is one call, as the constraint sees to: of `name`, or of the tool that it names itself. */
export function forcedReader(name: string | undefined): ToolReader {
  let whole = "";
  return {
    push(text) {
      whole += text;
      return [];
    },
    end() {
      const call =
        name === undefined ? callIn(whole) : isJson(whole) ? { name, arguments: whole } : undefined;
      // Cut off by the limit of tokens: half a call is only text.
      return call === undefined ? (whole === "" ? [] : [{ text: whole }]) : [{ call }];
    },
  };
}

/**
 * Text with calls in it: `<tool_call>{"name": ..., "arguments": {...}}</tool_call>` as Hermes and Qwen write them, or an
 * answer that is nothing but such an object, as Llama 3 does (with "parameters"). What names no known tool stays text.
 */
export function autoReader(names: ReadonlySet<string>): ToolReader {
  /** Not given out yet: a call under way, the beginning of a mark, or an answer that may be nothing but a call. */
  let held = "";
  let begun = false;
  const known = (text: string): ToolCall | undefined => {
    const call = callIn(text);
    return call !== undefined && names.has(call.name) ? call : undefined;
  };

  const take = (): Piece[] => {
    const out: Piece[] = [];
    for (;;) {
      const open = held.indexOf(OPEN);
      if (open < 0) break;
      const close = held.indexOf(CLOSE, open);
      if (open > 0) out.push({ text: held.slice(0, open) });
      held = held.slice(open);
      if (close < 0) return out;
      const end = close - open + CLOSE.length;
      const call = known(held.slice(OPEN.length, end - CLOSE.length));
      out.push(call === undefined ? { text: held.slice(0, end) } : { call });
      held = held.slice(end);
    }
    const kept = beginningOf(OPEN, held);
    if (held.length > kept) out.push({ text: held.slice(0, held.length - kept) });
    held = held.slice(held.length - kept);
    return out;
  };

  return {
    push(text) {
      held += text;
      if (!begun && /^\s*(\{|$)/.test(held)) return [];
      begun = true;
      return withoutBlanks(take());
    },
    end() {
      const call = begun ? undefined : known(held);
      if (call !== undefined) return [{ call }];
      const rest = take();
      if (held !== "") rest.push({ text: held });
      held = "";
      return withoutBlanks(rest);
    },
  };
}

/** White space beside calls is layout of the template, no text. */
function withoutBlanks(pieces: readonly Piece[]): Piece[] {
  const calls = pieces.some((piece) => "call" in piece);
  return pieces.filter((piece) => !calls || "call" in piece || piece.text.trim() !== "");
}

/** Length of the longest end of `text` with which `mark` begins. */
function beginningOf(mark: string, text: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--)
    if (text.endsWith(mark.slice(0, length))) return length;
  return 0;
}

function callIn(text: string): ToolCall | undefined {
  try {
    const value = JSON.parse(text) as { name?: unknown; arguments?: unknown; parameters?: unknown } | null;
    const given = value?.arguments ?? value?.parameters;
    if (typeof value?.name !== "string" || typeof given !== "object" || given === null) return undefined;
    return { name: value.name, arguments: JSON.stringify(given) };
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
