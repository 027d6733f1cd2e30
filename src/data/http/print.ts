/** Writes HTTP messages as raw text, so that reading them again gives the same parts. */
import type { HeaderFields, RequestMessage, ResponseMessage } from "../../core/index.ts";

export function printRequest({ method, target, version, headers, body }: RequestMessage): string {
  return print(`${method} ${target} HTTP/${version}`, headers, body);
}

export function printResponse({ version, status, reason, headers, body }: ResponseMessage): string {
  return print(`HTTP/${version} ${status}${reason === "" ? "" : ` ${reason}`}`, headers, body);
}

/** The body is printed decoded, so what said how it was coded goes and its length is stated anew. */
function print(startLine: string, headers: HeaderFields, body: string): string {
  const coding = /^(?:transfer-encoding|content-encoding)$/i;
  const lines = headers
    .filter(([name]) => !coding.test(name))
    .map(([name, value]) =>
      /^content-length$/i.test(name) ? `${name}: ${Buffer.byteLength(body)}` : `${name}: ${value}`,
    );
  return `${[startLine, ...lines].join("\r\n")}\r\n\r\n${body}`;
}
