/** The hostile corpus: every program of test/attacks stays within its limits and gets no better verdict than it earns. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Outcome } from "../src/core/index.ts";
import { AppFault, createAppPool, type AppInstance, type Startup } from "../src/sandbox/index.ts";
import { tinyScenario } from "../src/testing/scenario.ts";
import { projectRoot } from "../src/util/root.ts";
import { createVerifier } from "../src/verify/index.ts";
import { descendants } from "./support/processes.ts";

interface Case {
  readonly startup: readonly Startup["state"][];
  readonly outcome: readonly Outcome[];
  /** What its failure or its output says. */
  readonly says?: RegExp;
  /** How a request to it ends. */
  readonly fault?: readonly AppFault["kind"][];
}

const MIB = 1024 * 1024;
const LIMITS = {
  startMs: 5000,
  requestMs: 3000,
  cpuSeconds: 4,
  memoryBytes: 400 * MIB,
  totalMemoryBytes: 600 * MIB,
  processes: 24,
  diskBytes: 4 * MIB,
  fileBytes: 2 * MIB,
  inodes: 300,
};

/** Its techniques are refused, and what is left of it is the vulnerable shop. */
const refused: Case = { startup: ["started"], outcome: ["exploitable"] };
const harmless = (says: RegExp): Case => ({ ...refused, says });
const neverUp = (says: RegExp, ...startup: Startup["state"][]): Case => ({
  startup,
  outcome: ["broken"],
  says,
});
const noAnswer = (...fault: AppFault["kind"][]): Case => ({
  startup: ["started"],
  outcome: ["broken"],
  fault,
});

const CASES: Readonly<Record<string, Case>> = {
  answers_ahead: { startup: ["started"], outcome: ["broken"] },
  busy_handler: noAnswer("timeout", "no-answer"),
  busy_import: neverUp(/no answer|signal|processor time/, "timeout", "failed"),
  control_fds: refused,
  core_dump: neverUp(/signal 11/, "failed"),
  counts_requests: { startup: ["started"], outcome: ["broken"] },
  cpu_many: neverUp(/processor time limit|signal 24|no answer/, "failed", "timeout"),
  daemon: { startup: ["started"], outcome: ["exploitable"] },
  deep_syntax: { startup: ["syntax-error"], outcome: ["syntax-error"], says: /too many nested/ },
  devices: refused,
  dies_under_attack: { startup: ["started"], outcome: ["broken"] },
  disk_fill: harmless(/No space left/),
  endless_response: noAnswer("timeout", "too-large"),
  fakes_ready: neverUp(/exit status 0/, "failed"),
  fork_bomb: harmless(/refused fork (\d|1\d|2[0-4]) /),
  fork_chain: { startup: ["started", "timeout", "failed"], outcome: ["broken", "exploitable"] },
  huge_headers: noAnswer("malformed", "no-answer"),
  huge_response: noAnswer("too-large"),
  inode_fill: harmless(/No space left/),
  kernel_calls: refused,
  kill_all: harmless(/still here/),
  large_file: harmless(/File too large/),
  memory_hog: harmless(/MemoryError/),
  memory_many: neverUp(/memory limit/, "failed"),
  mount: refused,
  namespaces: refused,
  network: refused,
  never_starts: neverUp(/no answer/, "timeout"),
  not_http: noAnswer("malformed", "no-answer"),
  output_flood: neverUp(/File too large|exit status|signal/, "failed"),
  own_listener: { startup: ["started"], outcome: ["broken"] },
  privileges: refused,
  ptrace: refused,
  raw_socket: refused,
  read_others: refused,
  seen_twice: { startup: ["started"], outcome: ["broken", "exploitable"] },
  socket_folder: refused,
  split_headers: noAnswer("malformed", "no-answer"),
  stops_itself: noAnswer("timeout"),
  terminal_escapes: neverUp(/RuntimeError/, "failed"),
  thread_bomb: harmless(/can't start new thread/),
  time_bomb: { startup: ["started"], outcome: ["exploitable"] },
};

const corpus = join(projectRoot(), "test", "attacks");
const read = (name: string): string => readFileSync(join(corpus, name), "utf8");
const names = readdirSync(corpus).filter((name) => name.endsWith(".py") && name !== "support.py");
const support = { "support.py": read("support.py") };
const GOOD = {
  entry: "app.py",
  files: { ...support, "app.py": "from support import answer\napp = answer('200 OK', b'well')\n" },
};

describe("the hostile corpus", () => {
  let connections = 0;
  const listener = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  // The pool's folder goes below this one, so that what is left over can be seen.
  const temporary = join(tmpdir(), `ironbark-attacks-${process.pid}`);
  const pool = createAppPool({ workers: 1, limits: LIMITS });
  const verifier = createVerifier({ pool });
  let quiet: number[] = [];
  let outside: Record<string, string> = {};

  beforeAll(async () => {
    mkdirSync(temporary);
    process.env["TMPDIR"] = temporary;
    await new Promise<void>((resolve) => listener.listen(0, "0.0.0.0", resolve));
    outside = { "/srv/port": String((listener.address() as AddressInfo).port) };
    writeFileSync(join(temporary, "secret"), "host");
    await (await pool.start(GOOD)).stop();
    quiet = descendants();
  });
  afterAll(async () => {
    await pool.close();
    listener.close();
    expect(readdirSync(temporary)).toEqual(["secret"]);
    rmSync(temporary, { recursive: true });
  });

  const left = (): string[] => {
    const folders = readdirSync(temporary).filter((name) => name !== "secret");
    return folders.flatMap((name) => readdirSync(join(temporary, name))).filter((name) => name !== "etc");
  };

  it("has a case for every program, and a program for every case", () => {
    expect(names.map((name) => name.replace(".py", "")).toSorted()).toEqual(Object.keys(CASES).toSorted());
  });

  it.each(Object.entries(CASES))("%s", async (name, wanted) => {
    const program = read(`${name}.py`);
    const app = await pool.start({
      ...GOOD,
      files: { ...support, "app.py": program },
      outside,
      databases: SHOP,
    });
    const answered = await end(app);
    await app.stop();
    const said = app.startup.state === "started" ? await app.output() : app.startup.message;

    expect(wanted.startup, said).toContain(app.startup.state);
    expect(said).not.toContain("SUCCEEDED");
    if (wanted === refused) expect(said).toContain("refused");
    if (wanted.says) expect(said).toMatch(wanted.says);
    if (wanted.fault && app.startup.state === "started") expect(wanted.fault).toContain(answered);
    // oxlint-disable-next-line no-control-regex
    expect(said).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    expect(descendants(), "processes left behind").toEqual(quiet);
    expect(left(), "files left behind").toEqual([]);

    const scenario = tinyScenario();
    const hosted = tinyScenario({ files: { ...scenario.files, ...support }, outside });
    const verdict = await verifier.verify(hosted, { "app.py": program });
    expect(wanted.outcome, JSON.stringify(verdict, null, 1)).toContain(verdict.outcome);
    expect(descendants(), "processes left behind by the verification").toEqual(quiet);
    expect(connections).toBe(0);

    const good = await pool.start(GOOD);
    expect((await good.request({ method: "GET", path: "/", headers: {} })).body).toBe("well");
    await good.stop();
    expect(descendants(), "the runner itself survived").toEqual(quiet);
  });

  it("still accepts the reference patch", async () => {
    const scenario = tinyScenario();
    expect((await verifier.verify(scenario, scenario.reference)).outcome).toBe("blocked");
  });
});

const SHOP = {
  "shop.db": "CREATE TABLE items (title TEXT); INSERT INTO items VALUES ('lamp');",
  // A folder below the root to write to.
  "static/unused.db": "CREATE TABLE none (x);",
};

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
