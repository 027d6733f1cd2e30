/** The text of an answer as its tokens come: whole characters only, and nothing of a stop string. */
import type { Tokenizer } from "../tokenizer.ts";

export interface AnswerText {
  /** What the token adds to the text that is safe to show; the answer is over when a stop string was completed. */
  push(id: number): { readonly text: string; readonly stopped: boolean };
  /** What was held back, when no token comes any more. */
  end(): string;
}

/** The text ends before the first of `stop`. Special tokens are no part of it. */
export function answerText(tokenizer: Tokenizer, stop: readonly string[] = []): AnswerText {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let atStart = tokenizer.stripsFirstBlank;
  /** May be the beginning of a stop string. */
  let held = "";

  const add = (more: string): { text: string; stopped: boolean } => {
    let fresh = more;
    if (atStart && fresh !== "") {
      fresh = fresh.replace(/^ /, "");
      atStart = false;
    }
    held += fresh;
    const found = stop.map((one) => held.indexOf(one)).filter((at) => at >= 0);
    const cut = found.length > 0 ? Math.min(...found) : held.length - longestBeginning(held, stop);
    const text = held.slice(0, cut);
    held = found.length > 0 ? "" : held.slice(cut);
    return { text, stopped: found.length > 0 };
  };

  return {
    push(id) {
      if (tokenizer.markIds.has(id)) return { text: "", stopped: false };
      return add(decoder.decode(tokenizer.bytes(id) ?? new Uint8Array(), { stream: true }));
    },
    end() {
      const { text } = add(decoder.decode());
      const rest = text + held;
      held = "";
      return rest;
    },
  };
}

/** Length of the longest end of `text` that one of `stop` begins with. */
function longestBeginning(text: string, stop: readonly string[]): number {
  const longest = Math.min(text.length, Math.max(0, ...stop.map(({ length }) => length - 1)));
  for (let length = longest; length > 0; length--)
    if (stop.some((one) => one.length > length && one.startsWith(text.slice(-length)))) return length;
  return 0;
}
