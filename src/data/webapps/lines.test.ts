/** The computed edits: small, between tokens, and found where they belong. */
import { describe, expect, it } from "vitest";
import { applyPatch } from "../../core/index.ts";
import { editsOf, insertAfter, line, smallestEdit, sourceOf } from "./lines.ts";

describe("smallestEdit", () => {
  it.each([
    [`return "<b>" + name + "</b>"`, `return "<b>" + escape(name) + "</b>"`, "name", "escape(name)"],
    [`open(os.path.join(D, f))`, `open(safe_join(D, f))`, "os.path.join", "safe_join"],
    [`rows = run(sql)`, `rows = run(sql, (q,))`, "sql", "sql, (q,)"],
    [`<p>{{ q|safe }}</p>`, `<p>{{ q }}</p>`, "|safe", ""],
    [`run("a = '{}'".format(q))`, `run("a = ?", (q,))`, `'{}'".format(q)`, `?", (q,)`],
    [`f"<p>%s</p>" % kite`, `f"<p>{{ k }}</p>", k=kite`, `%s</p>" % kite`, `{{ k }}</p>", k=kite`],
  ])("%s", (before, after, search, replace) => {
    expect(smallestEdit(before, after)).toEqual({ search, replace });
  });

  it("reaches back until the first occurrence is the right one", () => {
    const edit = smallestEdit(`x = "name " + name`, `x = "name " + escape(name)`);
    expect(`x = "name " + name`.indexOf(edit.search)).toBe(`x = "name " + name`.lastIndexOf(edit.search));
    expect(edit.replace).toContain("escape(name)");
  });

  it("refuses a change that changes nothing", () => {
    expect(() => smallestEdit("same", "same")).toThrow("nothing changes");
  });
});

describe("lines with patches", () => {
  it("apply as written", () => {
    const lines = [line("def f(x):"), line("    return x", { fix: "    return safe(x)" })];
    insertAfter(lines[0]!, "guard", ["if not x:", "    return 1"]);
    const files = { "app.py": sourceOf(lines) };
    expect(applyPatch(files, { "app.py": editsOf(lines, "fix") })["app.py"]).toBe(
      "def f(x):\n    return safe(x)\n",
    );
    expect(applyPatch(files, { "app.py": editsOf(lines, "guard") })["app.py"]).toBe(
      "def f(x):\n    if not x:\n        return 1\n    return x\n",
    );
    expect(editsOf(lines, "other")).toEqual([]);
  });
});
