/** What can be said about generated sites without running them. */
import { describe, expect, it } from "vitest";
import { applyPatch, correctPatches, cweOfType, type Scenario } from "../../core/index.ts";
import { makeRng } from "../../util/rng.ts";
import { checkScenario } from "../scenario-check.ts";
import { FAMILIES } from "../webapps/index.ts";
import {
  distinctSites,
  drawTrainingSite,
  generateSite,
  HELD_OUT_SEED,
  normalForm,
  SITE_FAMILIES,
} from "./index.ts";
import { lineEdits } from "./line-edits.ts";
import { changed, NOTHING } from "./part.ts";

const SITES = SITE_FAMILIES.map(({ id }, seed) => generateSite(id, seed));

describe("the families of sites", () => {
  it("cover at least eight weaknesses in both languages, each with one that is held out", () => {
    const of = (language: string): Set<string> =>
      new Set([
        ...SITE_FAMILIES.filter((family) => family.language === language).map(({ type }) => cweOfType(type)),
        ...(language === "python" ? FAMILIES.map(({ type }) => cweOfType(type)) : []),
      ]);
    const python = of("python");
    expect([...of("javascript")].filter((cwe) => python.has(cwe)).length).toBeGreaterThanOrEqual(8);
    for (const { type, language } of SITE_FAMILIES) {
      const splits = SITE_FAMILIES.filter((f) => f.type === type && f.language === language).map(
        ({ split }) => split,
      );
      expect(new Set(splits)).toEqual(new Set(["train", "held-out"]));
    }
    const ids = [...SITE_FAMILIES, ...FAMILIES].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("are drawn for training only where they are not held out", () => {
    const rng = makeRng("training");
    const drawn = Array.from({ length: 1000 }, () => drawTrainingSite(rng));
    const trained = SITE_FAMILIES.filter(({ split }) => split === "train").map(({ id }) => id);
    expect(new Set(drawn.map(({ family }) => family))).toEqual(new Set(trained));
    expect(drawn.filter(({ seed }) => seed >= HELD_OUT_SEED)).toEqual([]);
  });
});

describe("generateSite", () => {
  it("gives the same scenario for the same arguments, and another for others", () => {
    const id = SITE_FAMILIES[0]!.id;
    expect(generateSite(id, 3)).toEqual(generateSite(id, 3));
    expect(generateSite(id, 4).files).not.toEqual(generateSite(id, 3).files);
    expect(generateSite(id, 3, { identifiers: "unseen" }).files).not.toEqual(generateSite(id, 3).files);
  });

  it("gives what the form of a scenario asks for, and more patches", () => {
    for (const site of SITES) {
      expect(() => checkScenario(site.id, site, JSON.stringify(site, null, 1))).not.toThrow();
      expect(site.alternatives.length).toBeGreaterThanOrEqual(3);
      expect(site.cheats.length).toBeGreaterThanOrEqual(8);
      // Marks and operations that were not written out, and values that were not there.
      const left = /§|\[object|\w undefined|\$(query|form|header|body|html|text|json|status|redirect)\b/;
      const texts = [
        ...Object.values(site.files),
        JSON.stringify([site.reference, site.alternatives, site.cheats]),
      ];
      expect(texts.filter((text) => left.test(text)).length, site.id).toBe(0);
    }
  });

  it("ships patches that apply, and differ from the original and from one another", () => {
    for (const site of SITES) {
      const patches = [...correctPatches(site), ...site.cheats.map(({ patch }) => patch)];
      const results = patches.map((patch) => JSON.stringify(applyPatch(site.files, patch)));
      expect(new Set([JSON.stringify(site.files), ...results]).size, site.id).toBe(patches.length + 1);
    }
  });

  it("differs from its fixed self in nothing but the weakness", () => {
    for (const site of SITES) {
      const fixed = applyPatch(site.files, site.reference);
      const files = Object.keys(site.reference);
      const lines = files.map((file) =>
        Math.abs(fixed[file]!.split("\n").length - site.files[file]!.split("\n").length),
      );
      expect(files.length, site.id).toBe(1);
      expect(Math.max(...lines), site.id).toBeLessThanOrEqual(6);
      expect(site.weaknesses[0]!.locations.map(({ file }) => file)).toContain(files[0]);
    }
  });

  it("draws stack, layout, names and the number of files by the seed", () => {
    const stacks = (language: string): Set<string> => {
      const families = new Set(SITE_FAMILIES.filter((f) => f.language === language).map(({ id }) => id));
      return new Set(SITES.filter(({ family }) => families.has(family)).map(({ stack }) => stack));
    };
    expect(stacks("python")).toEqual(new Set(["flask"]));
    expect(stacks("javascript")).toEqual(new Set(["express", "node"]));
    const sizes = new Set(SITES.map(({ files }) => Object.keys(files).length));
    expect(sizes.size).toBeGreaterThanOrEqual(3);
    expect(new Set(SITES.map(({ entry }) => entry)).size).toBe(6);
  });

  it("refuses what it does not know", () => {
    expect(() => generateSite("redirect-cobol-open", 0)).toThrow("no such family: redirect-cobol-open");
    const range = { distractors: { min: 3, max: 1 } };
    expect(() => generateSite(SITE_FAMILIES[0]!.id, 0, range)).toThrow(
      "distractors must be a range within 0 to 6: 3-1",
    );
  });
});

describe("duplicates", () => {
  const files = (text: string): Scenario["files"] => ({ "a.js": text });

  it("are programs that differ in names, numbers, remarks and space alone", () => {
    const form = normalForm(files("function f(a) {\n  return a + 12;\n}\n"));
    expect(normalForm(files("// Adds.\nfunction add(n) {\n    return n + 7;\n}"))).toBe(form);
    expect(normalForm(files("function f(a) {\n  return f + 12;\n}\n"))).not.toBe(form);
    expect(normalForm(files("function f(a) {\n  return a - 12;\n}\n"))).not.toBe(form);
  });

  it("are refused: sets hold none, and a family that has nothing new left says so", () => {
    const sites = distinctSites(["redirect-python-open", "file-javascript-join"], 16);
    expect(new Set(sites.map((site) => normalForm(site.files))).size).toBe(16);
    expect(sites.map(({ family }) => family).slice(0, 3)).toEqual([
      "redirect-python-open",
      "file-javascript-join",
      "redirect-python-open",
    ]);
    const alone = { distractors: { min: 0, max: 0 } };
    expect(() => distinctSites(["redirect-python-open"], 1000, alone)).toThrow(
      "redirect-python-open: 50 seeds in a row give nothing new",
    );
  });
});

describe("changes", () => {
  const part = { ...NOTHING, logic: "a = 1\nb = a", routes: [], visible: [], hidden: [], benign: [] };

  it("refuse text that is missing or stands twice", () => {
    expect(changed(part, { swaps: [["a = 1", "a = 2"]] }).logic).toBe("a = 2\nb = a");
    expect(() => changed(part, { swaps: [["c", "d"]] })).toThrow("0 places instead of one hold: c");
    expect(() => changed(part, { swaps: [["a", "d"]] })).toThrow("2 places instead of one hold: a");
  });

  it("become edits of whole lines that lead from one text to the other", () => {
    const pairs = [
      ["a\nb\nc\n", "a\nB\nc\n"],
      ["a\nb\nc\n", "x\na\nb\nc\n"],
      ["a\n\n\nc\n", "a\n\nb\n\nc\nd\n"],
      ["a\nb\nc\nd\n", "d\n"],
      ["\n\na\n", "b\n\na\n"],
    ] as const;
    for (const [before, after] of pairs)
      expect(applyPatch({ f: before }, { f: lineEdits(before, after) })).toEqual({ f: after });
    expect(lineEdits("a\nb\nc\n", "a\nB\nc\n")).toEqual([{ search: "b", replace: "B", line: 2 }]);
    expect(lineEdits("a\n", "a\n")).toEqual([]);
  });
});
