/** Canaries, cookies, findings and the cache, each by itself. */
import { describe, expect, it } from "vitest";
import type { Finding } from "../analyzers/index.ts";
import { tinyScenario } from "../testing/scenario.ts";
import { draw } from "./canaries.ts";
import { CookieJar } from "./cookies.ts";
import { newFindings } from "./findings.ts";
import { LruMap } from "./lru.ts";

describe("canaries", () => {
  it("are the same wherever a name occurs, fresh each time, and never in the sources", () => {
    const original = tinyScenario({
      assets: { "a.txt": "{{canary:row}} {{nonce}}" },
      files: { "app.py": "x = '{{nonce}}'" },
      reference: { "app.py": "x = 1" },
    });
    const { scenario, mask } = draw(original);
    const [row, nonce] = scenario.assets["a.txt"]!.split(" ");
    expect(row).toMatch(/^[a-z][a-z0-9]{19}$/);
    expect(nonce).toMatch(/^[a-z][a-z0-9]{11}$/);
    expect(scenario.databases["shop.db"]).toContain(`'${row}'`);
    expect(JSON.stringify(scenario.weaknesses)).toContain(row);
    expect(JSON.stringify(scenario.weaknesses)).not.toContain("{{");
    expect(scenario.files).toEqual(original.files);
    expect(mask(`a${row}b${nonce}`)).toBe("a{{canary:row}}b{{nonce}}");
    expect(draw(original).scenario.assets["a.txt"]).not.toBe(scenario.assets["a.txt"]);
  });
});

describe("cookies", () => {
  it("are kept by name and forgotten when they expire", () => {
    const jar = new CookieJar();
    expect(jar.header()).toBe("");
    jar.store("a=1; Path=/; HttpOnly");
    jar.store("b=x=y");
    jar.store("a=2");
    jar.store("nonsense");
    expect(jar.header()).toBe("a=2; b=x=y");
    jar.store("a=; Max-Age=0");
    jar.store("b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    expect(jar.header()).toBe("");
  });
});

describe("findings", () => {
  const finding = (rule: string, severity: Finding["severity"], line: number): Finding => ({
    cwe: "CWE-89",
    rule,
    severity,
    confidence: "HIGH",
    file: "app.py",
    line,
    message: "bad",
  });

  it("count when a rule reports more often, wherever", () => {
    const before = [finding("B608", "MEDIUM", 3), finding("B101", "LOW", 4)];
    expect(newFindings(before, [finding("B608", "MEDIUM", 9)])).toMatchObject([{ passed: true }]);
    expect(newFindings(before, [])).toMatchObject([{ passed: true }]);
    expect(
      newFindings(
        before,
        [1, 2, 3].map((line) => finding("B101", "LOW", line)),
      ),
    ).toMatchObject([{ passed: true }]);
    expect(newFindings(before, [finding("B608", "MEDIUM", 3), finding("B608", "MEDIUM", 9)])).toMatchObject([
      { passed: false, name: "B608", detail: "bad (app.py, line 9)" },
    ]);
    expect(newFindings(before, [finding("B602", "HIGH", 3)])).toMatchObject([
      { passed: false, name: "B602" },
    ]);
  });
});

describe("the cache", () => {
  it("forgets the least recently used", () => {
    const map = new LruMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    expect(map.get("a")).toBe(1);
    map.set("c", 3);
    expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([1, undefined, 3]);
  });
});
