/** Messages to the ids of a prompt, in which nobody but the template writes special tokens: messages are hostile. */
import type { ChatMessage, ChatTemplate } from "../chat-template.ts";
import type { Tokenizer } from "../tokenizer.ts";

/**
 * What spells a special token inside a message or a tool is cut in two before it is encoded, and so is ordinary text to
 * the model. Added tokens that are not marked special (`<think>`) stay: templates look for them in answers. Throws InputError with what the template says when it refuses the messages.
 */
export function chatPrompt(
  template: ChatTemplate,
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  tools: readonly object[] = [],
): number[] {
  const mark = unusedCharacter(JSON.stringify([messages, tools]));
  const pattern = spellings(tokenizer);
  const cut = (text: string): string => (pattern === undefined ? text : cutUp(text, pattern, mark));
  const text = template.render(mapStrings(messages, cut), {
    addGenerationPrompt: true,
    ...(tools.length === 0 ? {} : { tools: mapStrings(tools, cut) }),
  });
  return text.split(mark).flatMap((piece) => (piece === "" ? [] : tokenizer.encodeTemplate(piece)));
}

const SPELLINGS = new WeakMap<Tokenizer, RegExp>();

function spellings(tokenizer: Tokenizer): RegExp | undefined {
  const known = SPELLINGS.get(tokenizer);
  if (known !== undefined) return known;
  const texts = [...tokenizer.markIds]
    .map((id) => new TextDecoder().decode(tokenizer.bytes(id)))
    .filter(({ length }) => length > 1);
  if (texts.length === 0) return undefined;
  const escaped = texts
    .sort((a, b) => b.length - a.length)
    .map((one) => one.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&"));
  const pattern = new RegExp(escaped.join("|"), "g");
  SPELLINGS.set(tokenizer, pattern);
  return pattern;
}

/** Until no piece spells one: behind a cut, the rest may begin another. */
function cutUp(text: string, pattern: RegExp, mark: string): string {
  for (let before = text; ;) {
    const after = before.replace(pattern, (found) => found[0]! + mark + found.slice(1));
    if (after === before) return after;
    before = after;
  }
}

/** Of the private use area: templates leave it alone, and so does JSON. */
function unusedCharacter(text: string): string {
  for (let code = 0xe000; ; code++) {
    const character = String.fromCharCode(code);
    if (!text.includes(character)) return character;
  }
}

/** The same value with every text in it changed, names of properties too. */
function mapStrings<T>(value: T, change: (text: string) => string): T {
  const map = (one: unknown): unknown => {
    if (typeof one === "string") return change(one);
    if (Array.isArray(one)) return one.map(map);
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [change(key), map(inner)]));
  };
  return map(value) as T;
}
