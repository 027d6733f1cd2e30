/** Families of sites, really run: fixes win, everything else loses. */
import { afterAll, describe, expect, it } from "vitest";
import { WHOLE } from "../../testing/whole.ts";
import { openVerifier, validateScenario } from "../../verify/index.ts";
import { generateSite, SITE_FAMILIES } from "./index.ts";

const verifier = openVerifier();
afterAll(() => verifier.close());

/** In one run, every fifth family, with a seed of its own. */
const PROVEN = SITE_FAMILIES.map(({ id }, index) => [id, index] as const).filter(
  ([, index]) => WHOLE || index % 5 === 2,
);

describe.each(PROVEN)("%s", (id, index) => {
  it("validates", async () => {
    const report = await validateScenario(verifier, generateSite(id, 2000 + index));
    expect(report.problems).toEqual([]);
  });
});
