import { describe, expect, it } from "vitest";
import { autoReader, forcedReader, type Piece, type ToolReader } from "./tool-calls.ts";

const NAMES = new Set(["scan", "patch"]);
/** The same text in pieces of every length must read the same. */
function read(make: () => ToolReader, text: string): { text: string; calls: unknown[] } {
  const results = Array.from({ length: Math.max(1, text.length) }, (_, size) => {
    const reader = make();
    const pieces: Piece[] = [];
    for (let at = 0; at < text.length; at += size + 1)
      pieces.push(...reader.push(text.slice(at, at + size + 1)));
    pieces.push(...reader.end());
    const texts = pieces.flatMap((piece) => ("text" in piece ? [piece.text] : []));
    const calls = pieces.flatMap((piece) => ("call" in piece ? [piece.call] : []));
    return { text: texts.join(""), calls };
  });
  for (const result of results) expect(result.calls).toEqual(results[0]!.calls);
  for (const result of results) expect(result.text.trim()).toBe(results[0]!.text.trim());
  return { text: results[0]!.text.trim(), calls: results[0]!.calls };
}

const call = (name: string, path: string): string =>
  `<tool_call>\n{"name": "${name}", "arguments": {"path": "${path}"}}\n</tool_call>`;

describe("calls in free text", () => {
  const auto = (text: string): { text: string; calls: unknown[] } => read(() => autoReader(NAMES), text);

  it.each([
    ["only text, with a < b", "only text, with a < b", []],
    [call("scan", "a"), "", [{ name: "scan", arguments: '{"path":"a"}' }]],
    [`First:\n${call("scan", "a")}`, "First:", [{ name: "scan", arguments: '{"path":"a"}' }]],
    [
      `${call("scan", "a")}\n${call("patch", "b")}`,
      "",
      [
        { name: "scan", arguments: '{"path":"a"}' },
        { name: "patch", arguments: '{"path":"b"}' },
      ],
    ],
    ['{"name": "scan", "parameters": {"path": "a"}}', "", [{ name: "scan", arguments: '{"path":"a"}' }]],
  ])("%j", (text, rest, calls) => expect(auto(text)).toEqual({ text: rest, calls }));

  it.each([
    call("delete", "a"),
    "<tool_call>\nnot JSON\n</tool_call>",
    '<tool_call>{"name": "scan", "arguments"',
    '{"name": "other", "parameters": {}}',
    '{"name": "scan"}',
    '{"answer": 42}',
  ])("%j stays text", (text) => expect(auto(text)).toEqual({ text, calls: [] }));
});

describe("a call that was asked for", () => {
  it("is the whole answer, of the named tool or of any", () => {
    expect(read(() => forcedReader("scan"), '{"path": "a"}')).toEqual({
      text: "",
      calls: [{ name: "scan", arguments: '{"path": "a"}' }],
    });
    expect(read(() => forcedReader(undefined), '{"name": "patch", "arguments": {}}').calls).toEqual([
      { name: "patch", arguments: "{}" },
    ]);
  });

  it("is text when the limit cut it off", () => {
    expect(read(() => forcedReader("scan"), '{"path": "a')).toEqual({ text: '{"path": "a', calls: [] });
  });
});
