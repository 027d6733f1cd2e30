/** What an interrupted validation keeps, with verdicts made up. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { InfraError } from "../core/errors.ts";
import type { ProgressEvent } from "../core/events.ts";
import type { Outcome } from "../core/verdict.ts";
import { fakeVerdict, fakeVerifier, tinyScenario } from "../testing/index.ts";
import { patchCount, type Verifier } from "../verify/index.ts";
import { validateBody } from "./validate-body.ts";
import { openReports } from "./validation-folder.ts";

const root = mkdtempSync(join(tmpdir(), "ironbark-validation-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(root, "run-"))));

const scenarios = ["one", "two", "three"].map((id) => ({ ...tinyScenario(), id }));
const COST = patchCount(scenarios[0]!) * 2;
const isFix = (text: string): boolean => /= \?|= :n/.test(text);

/** Judges as it should, unless `over` says otherwise; notes whose patches it judged. */
function judging(over: (id: string) => Outcome | undefined = () => undefined) {
  const judged: string[] = [];
  const { verify } = fakeVerifier((files, { id }) => {
    judged.push(id);
    return fakeVerdict(over(id) ?? (isFix(files["app.py"]!) ? "blocked" : "exploitable"));
  });
  const verifier: Verifier = {
    unsafe: false,
    verify: async (of, patch) =>
      Object.keys(patch).length === 0 ? fakeVerdict("broken") : verify(of, patch),
    baseline: async () => ({ benign: [], findings: [] }),
  };
  return { judged, verifier };
}

async function validate(verifier: Verifier, repeats = 2, stopAfter = Infinity) {
  const events: ProgressEvent[] = [];
  const stop = new AbortController();
  const emit = (event: ProgressEvent): void => {
    events.push(event);
    if (event.kind === "stage-step" && event.done >= stopAfter) stop.abort(new Error("stopped"));
  };
  const { reports: finished, close } = openReports(folder);
  try {
    const made = await validateBody(verifier, scenarios, { repeats, emit, signal: stop.signal, finished });
    return { ...made, events };
  } finally {
    close();
  }
}

it("goes on where it was stopped, and says how much is left", async () => {
  const first = judging();
  await expect(validate(first.verifier, 2, 2 * COST)).rejects.toThrow("stopped");
  const second = judging();
  const { reports, resumed, events } = await validate(second.verifier);
  expect(reports.map(({ id, ok }) => [id, ok])).toEqual(scenarios.map(({ id }) => [id, true]));
  expect(resumed).toBeGreaterThanOrEqual(1);
  expect(new Set(second.judged).size).toBe(scenarios.length - resumed);
  expect(events[0]).toEqual({
    kind: "stage-start",
    stage: "validate",
    total: 3 * COST,
    done: resumed * COST,
  });
  expect(events.at(-1)).toMatchObject({ kind: "stage-step", done: 3 * COST, total: 3 * COST });
});

it("keeps failures, but nothing without a verdict, and nothing of another number of repeats", async () => {
  await validate(judging((id) => (id === "one" ? "blocked" : undefined)).verifier);
  const again = await validate(judging().verifier);
  expect([again.resumed, again.reports[0]!.ok]).toEqual([3, false]);
  expect(again.events.filter(({ kind }) => kind === "note").length).toBe(again.reports[0]!.problems.length);

  const other = judging((id) => (id === "two" ? "infra-error" : undefined));
  await validate(other.verifier, 3);
  expect(new Set(other.judged).size).toBe(3);
  const mended = await validate(judging().verifier, 3);
  expect([mended.resumed, mended.reports.every(({ ok }) => ok)]).toEqual([2, true]);
});

it("leaves the folder to others when the machinery breaks", async () => {
  const { verifier } = judging(() => {
    throw new InfraError("sandbox", "gone");
  });
  await expect(validate(verifier)).rejects.toThrow("gone");
  expect((await validate(judging().verifier)).resumed).toBe(0);
});
