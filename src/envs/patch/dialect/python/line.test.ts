import { describe, expect, it } from "vitest";
import { correctPatches } from "../../../../core/scenario.ts";
import { applyPatch } from "../../../../core/patch.ts";
import { FAMILIES, generateScenario } from "../../../../data/webapps/index.ts";
import { PythonLine } from "./line.ts";
import { KEYWORDS } from "./words.ts";

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** The line, alone, is understood to its end. */
function accepts(line: string): boolean {
  const reader = new PythonLine(indentOf(line));
  return reader.write(line) && reader.finish() !== undefined;
}

describe("PythonLine", () => {
  it("understands every line of the generated applications and of their correct patches", () => {
    const refused = new Set<string>();
    for (const family of FAMILIES) {
      const scenario = generateScenario(family.id, 7);
      const versions = correctPatches(scenario).map((patch) => applyPatch(scenario.files, patch));
      for (const files of [scenario.files, ...versions]) {
        for (const [name, text] of Object.entries(files)) {
          if (!name.endsWith(".py")) continue;
          for (const line of text.split("\n")) if (line.trim() !== "" && !accepts(line)) refused.add(line);
        }
      }
    }
    expect([...refused]).toEqual([]);
  });

  it.each([
    "x = a if b not in ('c', \"d\") else e[0]",
    "    return render('t.html', v=v, n=len(rows)), 400",
    "rows = [row[0] for row in rows if row]",
    "pick = {'a': 1, 'b': x[:200]}.get(v, -1)",
    "names = {a, b}",
    "from html import escape as e, unescape",
    "import os.path",
    "with open(f'{D}/{os.path.basename(n)}') as file:",
    "for name in sorted(os.listdir(d)):",
    "def load(sql, args=(), limit=10):",
    "@app.get('/x')",
    "if not a and b is not None or c != d:",
    "total += 1",
    "except (KeyError, ValueError) as error:",
    "else:",
    "x = a == b",
    "f(*args, **more)",
  ])("accepts %s", (line) => {
    expect(accepts(line)).toBe(true);
  });

  it.each([
    "x = a b",
    "x = (a",
    "x = a)",
    "x = (a]",
    "x = 'a",
    "x = 'a'b",
    "x = a or else",
    "f(a) = b",
    "f(a=1, b)",
    "f(a.b=1)",
    "x = {'a': 1, 'b'}",
    "x = {'a', 'b': 1}",
    "x = a if b",
    "x = [a for b]",
    "from a import",
    "import 'a'",
    "from import a",
    "if a",
    "if a = b:",
    "return = 1",
    "def f(sql, (x,)):",
    "def f.g():",
    "def f() or g:",
    "x = 12path",
    "x = a not b",
    "x = 'a'(b)",
    "x = f'{(a}'",
    "x = f'a}'",
    "pass x",
    "x == ",
    "x = for",
  ])("refuses %s", (line) => {
    expect(accepts(line)).toBe(false);
  });

  it("keeps statements where the line's were, and blocks under their headers", () => {
    const writes = (text: string): boolean => {
      const line = new PythonLine(4);
      return line.write(text) && line.finish() !== undefined;
    };
    expect(writes("    a = b\n    c = d")).toBe(true);
    expect(writes("    if a:\n        return b\n    c = d")).toBe(true);
    for (const text of [
      "    a = b\n        c = d",
      "    a = b\nc = d",
      "    if a:\n    return b",
      "    a = b\n   c = d",
    ])
      expect(writes(text)).toBe(false);
  });

  it("stays within the brackets and the string around what it replaces", () => {
    const writes = (before: string, replaced: string, text: string): boolean => {
      const line = new PythonLine(0);
      return line.write(before) && line.stayAround(replaced) && line.write(text);
    };
    expect(writes("x = f(", "a", "g(a)")).toBe(true);
    expect(writes("x = f(", "a", "a) + g(b")).toBe(false);
    expect(writes("x = f(", "a)", "b)")).toBe(true);
    expect(writes('x = f"<b>{', "a", "e(a)")).toBe(true);
    expect(writes('x = f"<b>{', "a", 'a}" + "')).toBe(false);
    expect(writes('x = f"<b>{', "a", "a} {b")).toBe(false);
    expect(writes("x = a if b ", "else c", "else d")).toBe(true);
    expect(writes("x = a if b else (", "c", "c) else (d")).toBe(false);
  });

  it("sees when letters can no longer become a word that fits", () => {
    const words = ["else", "orchard", "or", "import"];
    const canEnd = (text: string): boolean => {
      const line = new PythonLine(0);
      return (
        line.write(text) &&
        line.canEndWord(
          (word) => words.includes(word),
          (letters) => words.some((word) => !KEYWORDS.has(word) && word.startsWith(letters)),
        )
      );
    };
    expect(canEnd("x = or")).toBe(true); // orchard
    expect(canEnd("x = els")).toBe(false);
    expect(canEnd("x = a or")).toBe(true);
    expect(canEnd("x = a orch")).toBe(false);
    expect(canEnd("x = a els")).toBe(false); // nothing to be the else of
    expect(canEnd("x = a if b els")).toBe(true);
    expect(canEnd("imp")).toBe(true);
  });
});
