/** What a crash can do to a JSON Lines file, and what readers and resumes make of it. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { JsonlAppender, readJsonl, truncateAfter } from "./jsonl.ts";

const folder = mkdtempSync(join(tmpdir(), "ironbark-jsonl-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const file = (content: string): string => {
  const path = join(folder, `${files++}.jsonl`);
  writeFileSync(path, content);
  return path;
};
const whole = '{"step":1,"a":"é"}\n{"step":2,"a":"b"}\n';

it.each([
  ["a torn line", '{"step":3,"a'],
  ["half a character", Buffer.from('{"step":3,"a":"é').subarray(0, -1)],
  ["zeros with a newline", "\0\0\0\0\n"],
  ["JSON that is no record", "12\n"],
])("leaves out %s at the end, and a resume cuts it off", (_, torn) => {
  const path = file(whole);
  appendFileSync(path, torn);
  expect([...readJsonl(path)].map((record) => record.step)).toEqual([1, 2]);
  truncateAfter(path, Infinity);
  expect(readFileSync(path, "utf8")).toBe(whole);
});

it("names file and line of damage in the middle", () => {
  const path = file('{"step":1}\n{"step":"two"}\n{"step":3}\n');
  expect(() => [...readJsonl(path)]).toThrow(`${path}:2: expected a JSON object with a whole number "step"`);
});

it("cuts at the first later step", () => {
  const path = file('{"step":1}\n{"step":1}\n{"step":2}\n{"step":3}\n');
  truncateAfter(path, 1);
  expect(readFileSync(path, "utf8")).toBe('{"step":1}\n{"step":1}\n');
  truncateAfter(path, -1);
  expect(readFileSync(path, "utf8")).toBe("");
  expect([...readJsonl(join(folder, "absent"))]).toEqual([]);
});

it("reads lines longer than the pieces it reads in", () => {
  const path = join(folder, "long.jsonl");
  const appender = new JsonlAppender(path);
  const texts = ["x".repeat(3_000_000), "é".repeat(700_000), "short"];
  texts.forEach((text, index) => appender.append({ step: index, text }));
  appender.close();
  expect([...readJsonl(path)].map((record) => record["text"])).toEqual(texts);
  truncateAfter(path, 1);
  expect([...readJsonl(path)]).toHaveLength(2);
});
