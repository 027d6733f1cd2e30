/** Finished work is found again, also after a write that was cut off. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openKeyedLog } from "./keyed-log.ts";

const folder = mkdtempSync(join(tmpdir(), "keyed-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("keeps values, the later one of a key", () => {
  const path = join(folder, "deep", "log.jsonl");
  const log = openKeyedLog<{ text: string }>(path);
  expect(log.get("a")).toBeUndefined();
  log.put("a", { text: "1\n" });
  log.put("b", { text: "\ud83d\ude00" });
  log.put("a", { text: "2" });
  log.close();
  const again = openKeyedLog<{ text: string }>(path);
  expect([again.get("a"), again.get("b")]).toEqual([{ text: "2" }, { text: "\ud83d\ude00" }]);
  again.close();
});

it("goes on after a torn line", () => {
  const path = join(folder, "torn.jsonl");
  const log = openKeyedLog<number>(path);
  log.put("a", 1);
  log.close();
  appendFileSync(path, '{"key":"b","val');
  const again = openKeyedLog<number>(path);
  expect(again.get("b")).toBeUndefined();
  again.put("c", 3);
  again.close();
  const last = openKeyedLog<number>(path);
  expect([last.get("a"), last.get("c")]).toEqual([1, 3]);
  last.close();
});

it("names the line of what it did not write", () => {
  const path = join(folder, "other.jsonl");
  writeFileSync(path, '{"key":"a","value":1}\n{"step":1}\n');
  expect(() => openKeyedLog(path)).toThrow(`${path}:2: expected {"key": ..., "value": ...}`);
});
