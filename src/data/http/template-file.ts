/** Template files as JanusLM has them: request and response in turn, a line `<<<<>>>>` between any two parts. */
import { InputError } from "../../core/index.ts";

export interface RawPair {
  readonly request: string;
  readonly response: string;
}

const SEPARATOR = /\r?\n<<<<>>>>\r?\n/;

/** Throws InputError for an odd number of parts or an empty one, naming the line at which the part starts. */
export function readTemplates(text: string, where: string): RawPair[] {
  const parts = text.split(SEPARATOR);
  if (parts.length % 2 !== 0)
    throw new InputError(
      `${where}: expected a response for every request, got ${parts.length} parts between <<<<>>>> lines`,
    );
  let line = 1;
  for (const [index, part] of parts.entries()) {
    if (part.trim() === "")
      throw new InputError(
        `${where}:${line}: expected a ${index % 2 === 0 ? "request" : "response"}, got nothing`,
      );
    line += part.split("\n").length + 1;
  }
  return Array.from({ length: parts.length / 2 }, (_, index) => ({
    request: withHeadEnd(parts[2 * index]!),
    response: withHeadEnd(parts[2 * index + 1]!),
  }));
}

export function writeTemplates(pairs: readonly RawPair[]): string {
  return pairs.flatMap(({ request, response }) => [request, response]).join("\n<<<<>>>>\n");
}

/** The separator eats the last line end of a message without a body. */
export function withHeadEnd(message: string): string {
  return /\r?\n\r?\n/.test(message) ? message : `${message.replace(/\r?\n$/, "")}\r\n\r\n`;
}
