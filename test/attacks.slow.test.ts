/** The hostile corpus: every program of test/attacks stays within its limits and gets no better verdict than it earns. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ScenarioSchema, type Scenario } from "../src/core/index.ts";
import { tinyScenario } from "../src/testing/scenario.ts";
import {
  harmless,
  neverUp,
  noAnswer,
  openRange,
  program,
  programs,
  refused,
  type Case,
  type Range,
} from "./support/attacks.ts";

const MIB = 1024 * 1024;
const LIMITS = {
  startMs: 3000,
  requestMs: 2000,
  cpuSeconds: 4,
  memoryBytes: 400 * MIB,
  totalMemoryBytes: 600 * MIB,
  processes: 24,
  diskBytes: 4 * MIB,
  fileBytes: 2 * MIB,
  inodes: 300,
};

const PYTHON: Readonly<Record<string, Case>> = {
  answers_ahead: { startup: ["started"], outcome: ["broken"] },
  busy_handler: noAnswer("timeout", "no-answer"),
  busy_import: neverUp(/no answer|signal|processor time/, "timeout", "failed"),
  control_fds: refused,
  core_dump: neverUp(/signal 11/, "failed"),
  counts_requests: { startup: ["started"], outcome: ["broken"] },
  compressed_bomb: { startup: ["started"], outcome: ["broken"] },
  cpu_many: neverUp(/processor time limit|signal 24|no answer/, "failed", "timeout"),
  daemon: { startup: ["started"], outcome: ["exploitable"] },
  deep_syntax: { startup: ["syntax-error"], outcome: ["syntax-error"], says: /too many nested/ },
  descriptor_hog: harmless(/refused descriptors \d/),
  devices: refused,
  dies_under_attack: { startup: ["started"], outcome: ["broken"] },
  disk_fill: harmless(/No space left/),
  endless_interim: noAnswer("malformed", "timeout", "too-large", "no-answer"),
  endless_response: noAnswer("timeout", "too-large"),
  fakes_ready: neverUp(/exit status 0/, "failed"),
  fork_bomb: harmless(/refused fork (\d|1\d|2[0-4]) /),
  fork_chain: { startup: ["started", "timeout", "failed"], outcome: ["broken", "exploitable"] },
  hard_links: refused,
  huge_headers: noAnswer("malformed", "no-answer"),
  huge_response: noAnswer("too-large"),
  inode_fill: harmless(/No space left/),
  kernel_calls: refused,
  kill_all: harmless(/still here/),
  large_file: harmless(/File too large/),
  late_flood: { startup: ["started"], outcome: ["exploitable", "broken"] },
  link_races: refused,
  many_cookies: { startup: ["started"], outcome: ["broken"] },
  memory_hog: harmless(/MemoryError/),
  memory_many: neverUp(/memory limit/, "failed"),
  mount: refused,
  namespaces: refused,
  network: refused,
  never_starts: neverUp(/no answer/, "timeout"),
  not_http: noAnswer("malformed", "no-answer"),
  odd_bytes: { startup: ["started"], outcome: ["broken"], says: /refused/ },
  output_flood: neverUp(/File too large|exit status|signal/, "failed"),
  own_listener: { startup: ["started"], outcome: ["broken"] },
  privileges: refused,
  proc_sys: refused,
  ptrace: refused,
  raw_socket: refused,
  read_others: refused,
  replace_runner: refused,
  seen_twice: { startup: ["started"], outcome: ["broken", "exploitable"] },
  setuid_copy: refused,
  shared_memory: refused,
  signals_parent: harmless(/process 1 goes on/),
  slow_headers: noAnswer("timeout"),
  socket_folder: refused,
  split_headers: noAnswer("malformed", "no-answer"),
  stops_itself: noAnswer("timeout"),
  terminal_escapes: neverUp(/RuntimeError/, "failed"),
  thread_bomb: harmless(/can't start new thread/),
  time_bomb: { startup: ["started"], outcome: ["exploitable"] },
  writes_verdict: { startup: ["started"], outcome: ["exploitable"] },
};

/** Node.js starts threads of its own, which count as processes. */
const NODE_LIMITS = { ...LIMITS, startMs: 10_000, requestMs: 5000, processes: 40 };

const JAVASCRIPT: Readonly<Record<string, Case>> = {
  blocked_loop: neverUp(/no answer|signal|processor time|ended/, "timeout", "failed"),
  buffer_hog: {
    startup: ["started", "failed"],
    outcome: ["exploitable", "broken"],
    says: /refused|memory|signal/,
  },
  child_processes: harmless(/refused processes/),
  counts_requests: { startup: ["started"], outcome: ["exploitable", "broken"] },
  deep_markup: { startup: ["started"], outcome: ["exploitable"] },
  exit_refused: { startup: ["started"], outcome: ["exploitable"] },
  native_module: refused,
  reaches_out: refused,
  // What it writes into pipes of Node.js itself may crash it.
  status_forged: neverUp(/exit status 0|signal/, "failed"),
  takes_socket: { startup: ["started", "failed"], outcome: ["broken", "exploitable"] },
  worker_threads: { startup: ["started", "failed", "timeout"], outcome: ["broken", "exploitable"] },
};

const python = tinyScenario();
const support = { "support.py": program("support.py") };

describe.each([
  {
    language: "Python",
    ending: ".py",
    cases: PYTHON,
    limits: LIMITS,
    target: {
      good: {
        entry: "app.py",
        files: { ...support, "app.py": "from support import answer\napp = answer('200 OK', b'well')\n" },
      },
      scenario: { ...python, files: { ...python.files, ...support } },
    },
  },
  {
    language: "JavaScript",
    ending: ".cjs",
    cases: JAVASCRIPT,
    limits: NODE_LIMITS,
    target: {
      good: {
        entry: "app.js",
        stack: "node" as const,
        files: { "app.js": 'module.exports = (request, response) => response.end("well");' },
      },
      scenario: pageScenario(),
    },
  },
])("the hostile corpus in $language", ({ ending, cases, limits, target }) => {
  let range: Range;
  beforeAll(async () => {
    range = await openRange(target, limits);
  });
  afterAll(() => range.close());

  it("has a case for every program, and a program for every case", () => {
    expect(programs(ending)).toEqual(Object.keys(cases).toSorted());
  });

  it.each(Object.entries(cases))("%s", (name, wanted) => range.attack(program(`${name}${ending}`), wanted));

  it("still accepts the reference patch", async () => {
    const { scenario } = target;
    expect((await range.verifier.verify(scenario, scenario.reference)).outcome).toBe("blocked");
  });
});

it("the corpus holds at least 60 programs", () => {
  expect(programs(".py").length + programs(".cjs").length).toBeGreaterThanOrEqual(60);
});

/** A page that repeats what it is asked for, in JavaScript. */
function pageScenario(): Scenario {
  const entry = "app.js";
  const use = (name: string): Record<string, string> => ({
    [entry]: `module.exports = require("./support.cjs").${name};\n`,
  });
  const ask = (name: string): { path: string } => ({ path: `/find?name=${encodeURIComponent(name)}` });
  const attack = (name: string, payload: string) => ({
    name,
    steps: [
      {
        request: { path: `/find?name=${encodeURIComponent(payload)}{{nonce}}%27)%3E` },
        expect: [{ kind: "script" as const, marker: "{{nonce}}" }],
      },
    ],
  });
  return ScenarioSchema.parse({
    id: "page",
    title: "A page with a search",
    family: "tiny",
    stack: "node",
    entry,
    files: { ...use("shop"), "support.cjs": program("support.cjs") },
    visible: [
      {
        name: "says what it looks for",
        steps: [{ request: ask("lamp"), expect: [{ kind: "contains", text: "Looking for lamp" }] }],
      },
    ],
    hidden: [
      {
        name: "and other things",
        steps: [{ request: ask("boat"), expect: [{ kind: "contains", text: "Looking for boat" }] }],
      },
    ],
    benign: [ask("lamp")],
    weaknesses: [
      {
        id: "page",
        cwe: "CWE-79",
        type: "xss",
        locations: [{ file: entry, line: 1 }],
        exploits: [attack("an image", "<img src=x onerror=tell('")],
        variants: ["svg onload", "body onload", "input autofocus onfocus", "video src=x onerror"].map((tag) =>
          attack(tag, `<${tag}=tell('`),
        ),
      },
    ],
    reference: use("fixed"),
    alternatives: [
      { name: "one", patch: use("fixed") },
      { name: "two", patch: use("fixed") },
    ],
    cheats: [1, 2, 3, 4, 5, 6].map((name) => ({ name: String(name), patch: use("shop") })),
  });
}
