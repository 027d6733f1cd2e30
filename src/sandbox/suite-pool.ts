/** Files of tests in warm runners: at most one per worker at a time, each in namespaces of its own. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InfraError } from "../core/index.ts";
import { createFleet, makeGate } from "./fleet.ts";
import type { PythonInfo } from "./python.ts";
import type { Ended, Runner } from "./runner.ts";
import {
  DEFAULT_SUITE_LIMITS,
  type Suite,
  type SuiteCase,
  type SuiteLimits,
  type SuitePool,
  type SuiteReport,
} from "./suite-types.ts";
import { wireLimits } from "./wire-limits.ts";

export interface SuitePoolOptions {
  readonly workers: number;
  /** Has pytest and pytest-timeout, and what the tests import. */
  readonly python: PythonInfo;
  /** Markers of the tests that count. */
  readonly markers: readonly string[];
  /** Folders of this machine that the tests may read, by name below /opt. */
  readonly folders?: Readonly<Record<string, string>>;
  readonly limits?: Partial<SuiteLimits>;
}

/** Nothing starts before the first suite does. Suites run isolated or not at all: there is no unsafe mode. */
export function createSuitePool(options: SuitePoolOptions): SuitePool {
  const { workers, python, markers, folders = {} } = options;
  const limits = { ...DEFAULT_SUITE_LIMITS, ...options.limits };
  const fleet = createFleet(workers, { unsafe: false, purpose: "suites", python, folders });
  const turn = makeGate(workers, Infinity);
  let closed = false;
  return {
    workers,
    limits,
    async run(suite) {
      const release = await turn();
      try {
        if (closed) throw new InfraError("sandbox", "the pool is closed");
        return await runSuite(await fleet.pick(), suite, markers, limits);
      } finally {
        release();
      }
    },
    async close() {
      closed = true;
      await fleet.close();
    },
  };
}

/** Between the suite's own limit and the end of the clone. */
const GRACE_S = 15;
const KILLED: Readonly<Record<string, SuiteReport["how"]>> = {
  "memory limit": "memory",
  "processor time limit": "timeout",
  "time limit": "timeout",
};

async function runSuite(
  runner: Runner,
  suite: Suite,
  markers: readonly string[],
  limits: SuiteLimits,
): Promise<SuiteReport> {
  const id = runner.newId();
  const base = join(runner.folder, id);
  const { files, links = {}, build = "", tests, keyword, environment = {} } = suite;
  const wall = limits.wallMs / 1000;
  const job = { files, links, build, tests, keyword, environment, markers };
  const times = { test_s: limits.testMs / 1000, build_s: limits.buildMs / 1000, wall_s: wall };
  const begun = performance.now();
  try {
    await writeFile(`${base}.json`, JSON.stringify({ ...job, ...times }), { mode: 0o600 });
    const cpu = { each: limits.cpuSeconds, total: limits.cpuSeconds * 4 };
    const message = { op: "suite", wall_s: wall + GRACE_S, limits: wireLimits(limits, cpu) };
    const ended = await runner.run(id, message).ended;
    const said = await readFile(`${base}.done`, "utf8").catch(() => "");
    return { ...readReport(said, ended), ms: performance.now() - begun };
  } finally {
    const mine = (await readdir(runner.folder).catch(() => [])).filter((name) => name.startsWith(`${id}.`));
    await Promise.all(mine.map((name) => rm(join(runner.folder, name), { force: true }))).catch(() => {});
  }
}

interface Line {
  readonly build?: SuiteReport["build"];
  readonly collected?: readonly Pick<SuiteCase, "name" | "marker">[];
  readonly refused?: string;
  readonly ran?: Pick<SuiteCase, "name" | "outcome" | "message">;
  readonly end?: {
    readonly why: "" | "timeout" | "output";
    readonly code: number;
    readonly output: string;
  };
  readonly error?: string;
}

function readReport(said: string, ended: Ended): Omit<SuiteReport, "ms"> {
  const lines = said.split("\n").flatMap(parseLine);
  const { end, error } = lines.at(-1) ?? {};
  const killed = KILLED[ended.reason];
  if (end === undefined && killed === undefined)
    throw new InfraError("sandbox", `cannot run the tests: ${error ?? ended.reason ?? ended.code}`);
  const ran = new Map(lines.flatMap(({ ran: one }) => (one === undefined ? [] : [[one.name, one] as const])));
  const collected = lines.find((line) => line.collected !== undefined)?.collected ?? [];
  const build = lines.find((line) => line.build !== undefined)?.build;
  return {
    ...(build === undefined ? {} : { build }),
    cases: collected.map((one) => ({
      ...one,
      outcome: ran.get(one.name)?.outcome ?? "not-run",
      message: ran.get(one.name)?.message ?? "",
    })),
    refused: lines.flatMap((line) => line.refused ?? []).join("\n"),
    how: killed ?? (end!.why || "ended"),
    output: end?.output ?? "",
  };
}

/** What is no line of ours was written by the code under test, or torn when its process was killed. */
function parseLine(text: string): Line[] {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? [value as Line] : [];
  } catch {
    return [];
  }
}
