/** The run folder as a whole: what it holds, and that kill and resume give the same bytes. */
import { spawn, type ChildProcess } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../core/errors.ts";
import { compareRuns, createRun, listRuns, openRun, resumeRun } from "./index.ts";

const base = mkdtempSync(join(tmpdir(), "ironbark-runs-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const options = { command: "test", config: { lr: 0.1, model: { layers: 2 } }, seed: 3 };
const lines = (path: string): unknown[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);

describe("a run", () => {
  it("says what it was told and what it ran with", () => {
    const dir = join(base, "says");
    const run = createRun({ dir, ...options, device: "cuda:0", versions: { torch: "9.9" } });
    run.logMetrics(1, { reward: 0.5, clipped: null, loss: NaN });
    run.logRollout(1, { completion: "two\nlines" });
    run.finish({ status: "done", metrics: { reward: 0.5 } });

    const info = JSON.parse(readFileSync(join(dir, "run.json"), "utf8")) as Record<string, unknown>;
    expect(info).toMatchObject({ command: "test", config: options.config, seed: 3, device: "cuda:0" });
    expect(info["versions"]).toMatchObject({ torch: "9.9", node: process.versions.node });
    expect(info["versions"]).toHaveProperty("npm:zod");
    expect(lines(join(dir, "metrics.jsonl"))).toEqual([{ step: 1, reward: 0.5, clipped: null, loss: "NaN" }]);
    expect(lines(join(dir, "rollouts.jsonl"))).toEqual([{ step: 1, completion: "two\nlines" }]);
    const summary = JSON.parse(readFileSync(join(dir, "summary.json"), "utf8")) as object;
    expect(Object.keys(summary)).toEqual(["command", "status", "seconds", "seed", "metrics"]);
    expect(readdirSync(dir).filter((name) => /lock|unfinished/.test(name))).toEqual([]);
  });

  it("never overwrites: a full folder is refused and left alone", () => {
    const dir = join(base, "full");
    mkdirSync(dir);
    writeFileSync(join(dir, "mine"), "1");
    expect(() => createRun({ dir, ...options })).toThrow(InputError);
    expect(readdirSync(dir)).toEqual(["mine"]);
  });

  it("refuses steps that go back, which a resume could not cut", () => {
    const run = createRun({ dir: join(base, "back"), ...options });
    run.logMetrics(2, { a: 1 });
    run.logMetrics(2, { a: 1 });
    expect(() => run.logMetrics(1, { a: 1 })).toThrow(RangeError);
    run.close();
  });
});

describe("checkpoints", () => {
  it("are whole or absent, keep the newest, and latest points at it", async () => {
    const dir = join(base, "points");
    const run = createRun({ dir, ...options });
    for (const step of [1, 2, 3]) {
      run.logMetrics(step, { step_squared: step * step });
      await run.saveCheckpoint(step, (folder) => writeFileSync(join(folder, "w"), `${step}`), { keep: 2 });
    }
    const failing = run.saveCheckpoint(4, (folder) => {
      writeFileSync(join(folder, "w"), "half");
      throw new Error("disk full");
    });
    await expect(failing).rejects.toThrow("disk full");
    run.close();
    const folder = join(dir, "checkpoints");
    expect(readdirSync(folder).sort()).toEqual(["latest", "step-000002", "step-000003"]);
    expect(readlinkSync(join(folder, "latest"))).toBe("step-000003");
    expect(readFileSync(join(folder, "latest", "w"), "utf8")).toBe("3");
  });

  it("replace a published folder only by a whole one", async () => {
    const run = createRun({ dir: join(base, "published"), ...options });
    const path = await run.publish("checkpoint", (folder) => writeFileSync(join(folder, "old"), ""));
    await expect(
      run.publish("checkpoint", () => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(readdirSync(path)).toEqual(["old"]);
    await run.publish("checkpoint", (folder) => writeFileSync(join(folder, "new"), ""));
    expect(readdirSync(path)).toEqual(["new"]);
    run.close();
  });
});

describe("resume", () => {
  it("goes on from the latest checkpoint and forgets what came after it", async () => {
    const dir = join(base, "forgets");
    const first = createRun({ dir, ...options });
    first.logMetrics(1, { a: 1 });
    await first.saveCheckpoint(1, () => {});
    first.logMetrics(2, { a: 2 });
    first.logRollout(2, { text: "late" });
    first.close();
    appendFileSync(join(dir, "metrics.jsonl"), '{"step":3,"a":');
    mkdirSync(join(dir, "checkpoints", ".unfinished-1-step-000002"));

    const second = resumeRun(dir);
    expect(second.resumedFrom?.step).toBe(1);
    expect(second.info.resumed).toHaveLength(1);
    expect(lines(join(dir, "metrics.jsonl"))).toEqual([{ step: 1, a: 1 }]);
    expect(lines(join(dir, "rollouts.jsonl"))).toEqual([]);
    expect(readdirSync(join(dir, "checkpoints")).sort()).toEqual(["latest", "step-000001"]);
    second.finish({ status: "done", metrics: {} });
    expect(() => resumeRun(dir)).toThrow(/finished/);
  });

  it("starts from nothing when there is no checkpoint", () => {
    const dir = join(base, "nothing");
    const first = createRun({ dir, ...options });
    first.logMetrics(0, { a: 1 });
    first.close();
    const second = resumeRun(dir);
    expect(second.resumedFrom).toBeNull();
    second.close();
    expect(readFileSync(join(dir, "metrics.jsonl"), "utf8")).toBe("");
  });

  it("gives the same bytes after kill -9 as an uninterrupted run", async () => {
    const straight = join(base, "straight");
    const killed = join(base, "killed");
    await exited(start(straight, "60"));
    const victim = start(killed, "60", "--slow");
    await waitFor(
      () => existsSync(join(killed, "metrics.jsonl")) && [...openRun(killed).metrics()].length > 20,
    );
    victim.kill("SIGKILL");
    await exited(victim);
    expect(openRun(killed).status).toBe("interrupted");
    await exited(start(killed, "60"));
    for (const name of ["metrics.jsonl", "rollouts.jsonl"])
      expect(readFileSync(join(killed, name), "utf8")).toBe(readFileSync(join(straight, name), "utf8"));
    expect(openRun(killed).summary?.metrics).toEqual(openRun(straight).summary?.metrics);
    expect(openRun(killed).info.resumed).toHaveLength(1);
  });
});

describe("reading", () => {
  it("lists runs by age with their status and compares what differs", () => {
    const folder = join(base, "list");
    const first = createRun({ dir: join(folder, "b"), ...options });
    first.finish({ status: "done", metrics: { reward: { mean: 0.25 }, table: [1] } });
    const second = createRun({
      dir: join(folder, "a"),
      ...options,
      config: { lr: 0.2, model: { layers: 2 } },
    });
    mkdirSync(join(folder, "no-run"));
    const runs = listRuns(folder);
    expect(runs.map((run) => [run.name, run.status])).toEqual([
      ["b", "done"],
      ["a", "running"],
    ]);
    second.close();
    expect(compareRuns(runs)).toEqual({
      runs: ["b", "a"],
      config: [{ key: "lr", values: [0.1, 0.2] }],
      metrics: [{ key: "reward.mean", values: [0.25, undefined] }],
    });
    expect(listRuns(join(base, "absent"))).toEqual([]);
    expect(() => openRun(join(folder, "no-run"))).toThrow(/run\.json is missing/);
  });
});

function start(...args: readonly string[]): ChildProcess {
  const script = fileURLToPath(new URL("fixtures/write-run.ts", import.meta.url));
  return spawn(process.execPath, ["--import", "tsx", script, ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => void child.once("exit", () => done()));
}

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 5));
}
