/** Pairs by construction: balanced, distinct, seeded, of held-out templates, and judged as they were built. */
import { describe, expect, it } from "vitest";
import { HTTP_CATEGORIES } from "../../../core/index.ts";
import { judgeHttp } from "../../../verify/http/index.ts";
import { parseRequest, parseResponse } from "../parse.ts";
import { generatePairs, HTTP_TEMPLATES, normalised } from "./generate.ts";
import { splitOf } from "./template.ts";

const SEED = 7;
const make = (count: number, more: Partial<Parameters<typeof generatePairs>[0]> = {}) => [
  ...generatePairs({ seed: SEED, count, judge: judgeHttp, ...more }),
];

describe("generated pairs", () => {
  const pairs = make(700);

  it("are balanced over labels and categories", () => {
    for (const category of HTTP_CATEGORIES) {
      const of = pairs.filter((pair) => pair.category === category);
      expect(of).toHaveLength(100);
      expect(of.filter((pair) => pair.is_vulnerable)).toHaveLength(50);
    }
  });

  it("are distinct after normalisation and come in twins of one template", () => {
    expect(new Set(pairs.map((pair) => normalised(`${pair.request}\n${pair.response}`))).size).toBe(700);
    const byId = new Map(pairs.map((pair) => [pair.id, pair]));
    for (const { provenance, is_vulnerable, category } of pairs) {
      const twin = byId.get(provenance!.twin!)!;
      expect(twin).toMatchObject({ is_vulnerable: !is_vulnerable, category });
      expect(twin.provenance!.template).toBe(provenance!.template);
    }
  });

  it("are labelled as the oracle reads the raw text", () => {
    for (const { request, response, is_vulnerable, category, fact } of pairs) {
      const verdict = judgeHttp(
        parseRequest(request, "q").message,
        parseResponse(response, "p").message,
        category,
      );
      expect(verdict).toMatchObject({ vulnerable: is_vulnerable, fact });
    }
  });

  it("explain themselves with the deciding fact", () => {
    for (const { analysis, fact, is_vulnerable } of pairs) {
      expect(analysis).toContain(fact!.says);
      expect(analysis.split(/\s+/).length).toBeLessThan(160);
      expect(/real/.test(analysis.split(".").at(-2)!)).toBe(is_vulnerable);
    }
  });

  it("show a header finding in that header alone", () => {
    const rules = new Set(pairs.filter((p) => p.category === "HTTP_HEADERS").map((p) => p.fact!.rule));
    expect(rules.size).toBeGreaterThan(12);
  });
});

it("are a function of the seed", () => {
  const again = make(140);
  expect(again).toEqual(make(140));
  expect(again[0]!.id).not.toBe(make(2, { seed: SEED + 1 })[0]!.id);
});

it("hold templates out by split", () => {
  expect(HTTP_TEMPLATES.length).toBeGreaterThanOrEqual(60);
  expect(new Set(HTTP_TEMPLATES.map(({ id }) => id)).size).toBe(HTTP_TEMPLATES.length);
  for (const split of ["train", "dev", "test"] as const) {
    const used = new Set(make(70, { splits: [split] }).map((pair) => pair.provenance!.template));
    for (const id of used) expect(splitOf(HTTP_TEMPLATES.find((one) => one.id === id)!)).toBe(split);
  }
});

it("stop where construction and oracle disagree", () => {
  const never: typeof judgeHttp = (request, response, category) => ({
    ...judgeHttp(request, response, category),
    vulnerable: null,
  });
  expect(() => make(2, { judge: never })).toThrow(/built to be .*, judged /);
});
