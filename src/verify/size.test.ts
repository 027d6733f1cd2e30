/** What counts as a small change. */
import { expect, it } from "vitest";
import { tinyScenario } from "../testing/scenario.ts";
import { changedLines, tooLarge } from "./size.ts";

const lines = (...text: string[]) => ({ "a.py": text.join("\n") });

it.each([
  ["equal", lines("a", "b"), lines("a", "b"), 0],
  ["one replaced", lines("a", "b", "c"), lines("a", "x", "c"), 1],
  ["one replaced by three", lines("a", "b", "c"), lines("a", "x", "y", "z", "c"), 3],
  ["one removed", lines("a", "b", "c"), lines("a", "c"), 1],
  ["indented and spaced out", lines("a", "b"), lines("", "  a", "", "  b", ""), 0],
  ["two places", lines("a", "b", "c", "d", "e"), lines("x", "b", "c", "d", "y"), 2],
  ["all lines repeated", lines("a", "a"), lines("a", "a", "a", "a"), 2],
  ["everything", lines("a", "b"), lines("c"), 2],
  ["a file more", lines("a"), { ...lines("a"), "b.py": "x\ny" }, 2],
])("changed lines: %s", (_, before, after, count) => expect(changedLines(before, after)).toBe(count));

it("allows another style, not another application", () => {
  const scenario = tinyScenario();
  const app = scenario.files["app.py"]!;
  const grown = (extra: string) => tooLarge(scenario, { ...scenario.files, "app.py": app + extra });
  expect(grown("x = 1\n".repeat(16))).toBe("");
  expect(grown("x = 1\n".repeat(17))).toBe("17 lines changed, at most 16 expected");
  expect(grown(`x = "${"y".repeat(5000)}"\n`)).toMatch(/^app.py grew by 50\d\d bytes/);
});
