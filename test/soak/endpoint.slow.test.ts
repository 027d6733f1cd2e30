/** The model endpoint under clients that leave. `npx tsx scripts/endpoint-soak.ts` prints what it measures. */
import { expect, it } from "vitest";
import { growth, soakEndpoint } from "../../scripts/soak/endpoint.ts";
import { sized } from "../../src/testing/whole.ts";

const REQUESTS = sized(150, 5000);

it(`${REQUESTS} requests, many of them left, leave nothing behind`, async () => {
  const result = await soakEndpoint({ requests: REQUESTS, seed: 1 });
  expect(result.problems).toEqual([]);
  expect(result.gauges).toEqual({ answers_running: 0, requests_waiting: 0, answers_asked: 0 });
  expect(result.tally.whole).toBeGreaterThan(REQUESTS / 4);
  expect(result.tally.left).toBeGreaterThan(0);
  expect(growth(result)).toBeUndefined();
});

it("memory that grows is told", () => {
  expect(growth({ rss_mb: [200, 260, 262, 261, 265] })).toBeUndefined();
  expect(growth({ rss_mb: [200, 260, 300, 340, 380] })).toBe("resident memory: from 260 to 380 MB");
});
