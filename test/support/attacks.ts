/** How a hostile program is tried: alone, as a candidate, and what must be true afterwards. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Outcome, Scenario } from "../../src/core/index.ts";
import {
  AppFault,
  createAppPool,
  type AppInstance,
  type AppSource,
  type Limits,
  type Startup,
} from "../../src/sandbox/index.ts";
import { projectRoot } from "../../src/util/root.ts";
import { createVerifier, type Verifier } from "../../src/verify/index.ts";
import { descendants } from "./processes.ts";

export interface Case {
  readonly startup: readonly Startup["state"][];
  readonly outcome: readonly Outcome[];
  /** What its failure or its output says. */
  readonly says?: RegExp;
  /** How a request to it ends. */
  readonly fault?: readonly AppFault["kind"][];
}

/** Its techniques are refused, and what is left of it is the vulnerable application. */
export const refused: Case = { startup: ["started"], outcome: ["exploitable"], says: /refused/ };
export const harmless = (says: RegExp): Case => ({ ...refused, says });
export const neverUp = (says: RegExp, ...startup: Startup["state"][]): Case => ({
  startup,
  outcome: ["broken"],
  says,
});
export const noAnswer = (...fault: AppFault["kind"][]): Case => ({
  startup: ["started"],
  outcome: ["broken"],
  fault,
});

const corpus = join(projectRoot(), "test", "attacks");
export const program = (file: string): string => readFileSync(join(corpus, file), "utf8");
/** Names of the programs of the corpus with this ending, without it. */
export const programs = (ending: string): string[] =>
  readdirSync(corpus)
    .filter((name) => name.endsWith(ending) && !name.startsWith("support."))
    .map((name) => name.slice(0, -ending.length))
    .toSorted();

export interface Target {
  /** An application that answers "well" to everything. */
  readonly good: AppSource;
  /** The application that a program pretends to be a fix of; `/find?name=lamp` is an ordinary request. */
  readonly scenario: Scenario;
}

export interface Range {
  readonly verifier: Verifier;
  /** Tries the program `source` in place of the entry. */
  attack(source: string, wanted: Case): Promise<void>;
  close(): Promise<void>;
}

/** A pool of its own, in a folder of its own, beside a listener of the host that nobody may reach. */
export async function openRange({ good, scenario }: Target, limits: Partial<Limits>): Promise<Range> {
  let connections = 0;
  const listener = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  // The pool's folder goes below this one, so that what is left over can be seen.
  const before = process.env["TMPDIR"];
  const temporary = join(tmpdir(), `ironbark-attacks-${process.pid}`);
  const pool = createAppPool({ workers: 1, limits });
  const verifier = createVerifier({ pool });
  mkdirSync(temporary);
  process.env["TMPDIR"] = temporary;
  await new Promise<void>((resolve) => listener.listen(0, "0.0.0.0", resolve));
  const outside = { "/srv/port": String((listener.address() as AddressInfo).port) };
  writeFileSync(join(temporary, "secret"), "host");
  await (await pool.start(good)).stop();
  const quiet = descendants();
  const hosted: Scenario = { ...scenario, outside };
  const { entry, stack, files, databases } = scenario;

  const left = (): string[] => {
    const folders = readdirSync(temporary).filter((name) => name !== "secret");
    return folders.flatMap((name) => readdirSync(join(temporary, name))).filter((name) => name !== "etc");
  };

  return {
    verifier,
    async attack(source, wanted) {
      const app = await pool.start({
        entry,
        stack,
        files: { ...files, [entry]: source },
        outside,
        databases: { ...databases, ...BESIDE },
      });
      const answered = await end(app);
      await app.stop();
      const said = app.startup.state === "started" ? await app.output() : app.startup.message;

      expect(wanted.startup, said).toContain(app.startup.state);
      expect(said).not.toContain("SUCCEEDED");
      if (wanted.says) expect(said).toMatch(wanted.says);
      if (wanted.fault && app.startup.state === "started") expect(wanted.fault).toContain(answered);
      // oxlint-disable-next-line no-control-regex
      expect(said).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      expect(descendants(), "processes left behind").toEqual(quiet);
      expect(left(), "files left behind").toEqual([]);

      const verdict = await verifier.verify(hosted, { [entry]: source });
      expect(wanted.outcome, JSON.stringify(verdict, null, 1)).toContain(verdict.outcome);
      expect(descendants(), "processes left behind by the verification").toEqual(quiet);
      expect(connections).toBe(0);

      const next = await pool.start(good);
      expect((await next.request({ method: "GET", path: "/", headers: {} })).body).toBe("well");
      await next.stop();
      expect(descendants(), "the runner itself survived").toEqual(quiet);
    },
    async close() {
      await pool.close();
      listener.close();
      expect(readdirSync(temporary)).toEqual(["secret"]);
      rmSync(temporary, { recursive: true });
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    },
  };
}

/** A folder below the root to write to. */
const BESIDE = { "static/unused.db": "CREATE TABLE none (x);" };

/** How one request to a started application ends: "answered" or the kind of its fault. */
async function end(app: AppInstance): Promise<string> {
  if (app.startup.state !== "started") return "not started";
  try {
    await app.request({ method: "GET", path: "/find?name=lamp", headers: {} });
    return "answered";
  } catch (error) {
    if (error instanceof AppFault) return error.kind;
    throw error;
  }
}
