/** What can be said about generated scenarios without running them. */
import { describe, expect, it } from "vitest";
import {
  applyPatch,
  ScenarioSchema,
  WEAKNESS_TYPES,
  type Edit,
  type Scenario,
  type WeaknessType,
} from "../../core/index.ts";
import { makeRng } from "../../util/rng.ts";
import { FAMILIES, generateScenario } from "./index.ts";
import { MAX_LINE } from "./generate.ts";
import { COMMON_NOUNS, COMMON_VERBS, madeUpWord, poolOfMadeUp, UNSEEN_NOUNS, UNSEEN_VERBS } from "./words.ts";

const SEEDS = [0, 1, 2, 3, 4];
const ALL = FAMILIES.flatMap((f) => SEEDS.map((seed) => generateScenario(f.id, seed)));
const lineOf = (s: Scenario, file: string, n: number): string => s.files[file]!.split("\n")[n - 1]!;
const editsOf = (s: Scenario): [string, Edit][] =>
  Object.entries(s.reference).flatMap(([file, edits]) =>
    (edits as Edit[]).map((e): [string, Edit] => [file, e]),
  );

describe("families", () => {
  it("are split as promised", () => {
    const of = (split: string) => FAMILIES.filter((f) => f.split === split);
    expect(of("train").length).toBeGreaterThanOrEqual(20);
    expect(of("compositional").length).toBeGreaterThanOrEqual(6);
    for (const type of WEAKNESS_TYPES)
      for (const split of ["train", "compositional", "novel"])
        expect(of(split).filter((f) => f.type === type)).not.toEqual([]);
    expect(new Set(FAMILIES.map((f) => f.id)).size).toBe(FAMILIES.length);
  });

  it("hold nothing new in the compositional ones, and a new shape in the novel ones", () => {
    for (const family of FAMILIES) {
      const train = FAMILIES.filter((f) => f.split === "train" && f.type === family.type);
      const known = train.some((f) => f.shape === family.shape);
      if (family.split === "compositional") {
        expect(known && train.some((f) => f.style === family.style)).toBe(true);
        expect(train.some((f) => f.shape === family.shape && f.style === family.style)).toBe(false);
      }
      if (family.split === "novel") expect(known).toBe(false);
    }
  });
});

describe("generateScenario", () => {
  it("gives the same scenario for the same arguments, and another for others", () => {
    const [a, b] = [0, 0].map((seed) => generateScenario("sql-where-concat", seed));
    expect(a).toEqual(b);
    expect(generateScenario("sql-where-concat", 1).files).not.toEqual(a!.files);
    expect(generateScenario("sql-where-concat", 0, { identifiers: "unseen" }).files).not.toEqual(a!.files);
  });

  it("gives at least 300 distinct applications", () => {
    expect(new Set(ALL.map((s) => JSON.stringify(s.files))).size).toBe(ALL.length);
    expect(ALL.length).toBeGreaterThanOrEqual(300);
  });

  it("gives valid, compact scenarios with all that the oracle needs", () => {
    for (const s of ALL) {
      expect(ScenarioSchema.safeParse(s).success).toBe(true);
      const lines = Object.values(s.files).flatMap((text) => text.split("\n"));
      expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(MAX_LINE);
      expect(lines.length).toBeLessThan(60);
      expect(s.weaknesses[0]!.variants.length).toBeGreaterThanOrEqual(4);
      expect(new Set(s.cheats.map((c) => c.name)).size).toBeGreaterThanOrEqual(6);
      expect(s.alternatives.length).toBeGreaterThanOrEqual(3);
    }
  });

  it("ships patches that apply, and differ from the original and from one another", () => {
    for (const s of ALL) {
      const patches = [s.reference, ...s.alternatives.map((a) => a.patch), ...s.cheats.map((c) => c.patch)];
      const results = patches.map((p) => JSON.stringify(applyPatch(s.files, p)));
      expect(new Set([JSON.stringify(s.files), ...results]).size).toBe(patches.length + 1);
    }
  });

  it("has reference edits of one line each, at most three, one of them on a line that experts accept", () => {
    for (const s of ALL) {
      const edits = editsOf(s);
      expect(edits.length).toBeLessThanOrEqual(3);
      const { locations } = s.weaknesses[0]!;
      for (const [file, edit] of edits) {
        expect(lineOf(s, file, edit.line!)).toContain(edit.search);
        expect(edit.search).not.toContain("\n");
      }
      expect(edits.some(([file, e]) => locations.some((l) => l.file === file && l.line === e.line))).toBe(
        true,
      );
    }
  });

  it("points at the construct", () => {
    const construct = {
      sql_injection: /SELECT|\((sql|query|statement)\)/,
      xss: /<\w+|return|safe|autoescape|render_template_string|\.replace\(/,
      path_traversal: /open\(|path|Path|send_file|read_text|\//,
    };
    for (const s of ALL)
      for (const { file, line } of s.weaknesses[0]!.locations)
        expect(lineOf(s, file, line)).toMatch(construct[s.weaknesses[0]!.type as WeaknessType]);
  });

  it("puts the vulnerable endpoint anywhere, with as many distractors as asked for", () => {
    const routes = (s: Scenario): number => s.files["app.py"]!.match(/^@app\./gm)!.length;
    expect(new Set(ALL.map(routes))).toEqual(new Set([2, 3, 4]));
    for (const n of [0, 2, 5]) {
      const s = generateScenario("path-open-path", 3, { distractors: { min: n, max: n } });
      expect(routes(s)).toBe(n + 1);
    }
    const before = ALL.filter((s) => s.family === "sql-where-concat").map((s) => {
      const { line } = s.weaknesses[0]!.locations[0]!;
      return s.files["app.py"]!.split("\n")
        .slice(0, line)
        .filter((l) => l.startsWith("@app.")).length;
    });
    expect(new Set(before).size).toBeGreaterThan(1);
  });

  it("refuses what it does not know", () => {
    expect(() => generateScenario("sql-where-nothing", 0)).toThrow("no such family");
    expect(() => generateScenario("sql-where-concat", 0, { distractors: { min: 3, max: 1 } })).toThrow(
      RangeError,
    );
  });
});

describe("identifiers", () => {
  it("come from disjoint pools", () => {
    const common = new Set([...COMMON_NOUNS, ...COMMON_VERBS]);
    expect([...UNSEEN_NOUNS, ...UNSEEN_VERBS].filter((w) => common.has(w))).toEqual([]);
    expect(COMMON_NOUNS.length).toBeGreaterThan(300);
    const rng = makeRng("pools");
    for (let i = 0; i < 300; i++)
      expect(poolOfMadeUp(madeUpWord(rng, i % 2 ? "unseen" : "common"))).toBe(i % 2 ? "unseen" : "common");
  });

  it("of a training word never appear in an application of the unseen pool", () => {
    const common = new Set(COMMON_NOUNS.flatMap((w) => [w, `${w}s`]));
    for (const f of FAMILIES) {
      const { files } = generateScenario(f.id, 0, { identifiers: "unseen" });
      const handlers = files["app.py"]!.match(/(?<=def )\w+|(?<=FROM )\w+|(?<=get\(["'])\w+/g) ?? [];
      expect(handlers.flatMap((h) => h.split("_")).filter((w) => common.has(w))).toEqual([]);
    }
  });
});
