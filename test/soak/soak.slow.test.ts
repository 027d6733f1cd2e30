/** A short soak: nothing is left behind, nothing is mixed up. `npx tsx scripts/soak.ts` is the long one. */
import { describe, expect, it } from "vitest";
import { leaks } from "../../scripts/soak/leaks.ts";
import { soak } from "../../scripts/soak/soak.ts";
import { WHOLE } from "../../src/testing/whole.ts";

it.runIf(WHOLE)("400 episodes of clients that leave, lie and are killed leave nothing behind", async () => {
  const result = await soak({ episodes: 400, seed: 1 });
  expect(result.problems).toEqual([]);
  expect(leaks(result)).toEqual([]);
  const { finished, disconnected, reset, malformed, steps, http } = result.tally;
  expect(Math.min(finished, disconnected, reset, malformed, steps, http)).toBeGreaterThan(0);
  expect(result.sandboxes_killed).toBeGreaterThan(0);
});

describe("a leak", () => {
  const census = { processes: 5, sockets: 3, files: 20, rss_mb: 200, temporary: 2 };
  it.each([
    ["processes", { processes: 6 }],
    ["sockets", { sockets: 4 }],
    ["files", { files: 21 }],
    ["temporary", { temporary: 3 }],
    ["rss_mb", { rss_mb: 400 }],
  ])("of %s is told", (name, over) => {
    const told = leaks({ before: census, after: { ...census, ...over }, freed_ms: [] });
    expect(told.map((one) => one.split(":")[0])).toEqual([name]);
  });

  it("is not less than before; a late session is told", () => {
    expect(leaks({ before: census, after: { ...census, processes: 1 }, freed_ms: [900] })).toEqual([]);
    expect(leaks({ before: census, after: census, freed_ms: [1200] })).toHaveLength(1);
  });
});
