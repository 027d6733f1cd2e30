/** Expressions of each string style, with a value and without. */
import { describe, expect, it } from "vitest";
import { buildString, mergeText, STRING_STYLES, type Part } from "./strings.ts";

const LIKE: readonly Part[] = ["name LIKE '%", { value: "q" }, "%'"];

describe("buildString", () => {
  it.each([
    ["concat", `"name LIKE '%" + q + "%'"`],
    ["fstring", `f"name LIKE '%{q}%'"`],
    ["percent", `"name LIKE '%%%s%%'" % q`],
    ["format", `"name LIKE '%{}%'".format(q)`],
    ["join", `"".join(["name LIKE '%", q, "%'"])`],
  ] as const)("%s", (style, expected) => {
    expect(buildString(style, LIKE, "'")).toBe(expected);
  });

  it("doubles braces only where they would be read", () => {
    const parts: readonly Part[] = ["{a} ", { value: "q" }];
    expect(STRING_STYLES.map((s) => buildString(s, parts, '"').includes("{{a}}"))).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it("is one literal without a value", () => {
    expect(buildString("percent", mergeText(["100% ", "of it"]), "'")).toBe("'100% of it'");
  });

  it("joins several values of the percent style to a tuple", () => {
    expect(buildString("percent", [{ value: "a" }, "-", { value: "b" }], '"')).toBe('"%s-%s" % (a, b)');
  });
});
