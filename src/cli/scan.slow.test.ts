/** The step of the action and the hook of pre-commit, run as a runner and pre-commit run them. */
import { spawnSync } from "node:child_process";
import {
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
import { afterAll, expect, it } from "vitest";
import { parse } from "yaml";
import { projectRoot } from "../util/root.ts";

const base = mkdtempSync(join(tmpdir(), "ironbark-pipelines-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const read = (path: string): unknown => parse(readFileSync(join(projectRoot(), path), "utf8"));

const CLEAN = "def add(a, b):\n    return a + b\n";
const WEAK =
  'from flask import Flask, request\napp = Flask(__name__)\n@app.get("/")\ndef view():\n    return eval(request.args["x"])\n';

function repository(name: string): { root: string; commit: (files: Record<string, string>) => void } {
  const root = join(base, name);
  mkdirSync(root);
  const git = (...args: string[]): void => {
    const { status, stderr } = spawnSync(
      "git",
      ["-c", "user.name=t", "-c", "user.email=t@t.invalid", ...args],
      {
        cwd: root,
        encoding: "utf8",
      },
    );
    expect(status, stderr).toBe(0);
  };
  git("init", "--quiet");
  return {
    root,
    commit(files) {
      for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
      git("add", ".");
      git("commit", "--quiet", "--message", "a");
    },
  };
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: {
    readonly steps: readonly { id?: string; run?: string; shell?: string; env?: Record<string, string> }[];
  };
}

/** Runs the step with the identifier `scan` in `cwd`, its expressions replaced as the runner replaces them. */
function runStep(cwd: string, inputs: Readonly<Record<string, string>>) {
  const action = read("action.yml") as Action;
  const step = action.runs.steps.find(({ id }) => id === "scan")!;
  expect(step.shell).toBe("bash");
  // An expression inside the script would put a stranger's text into a command.
  expect(step.run).not.toContain("${{");
  const replaced = (text: string): string =>
    text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) => {
      if (name === "github.action_path") return projectRoot();
      const input = name.replace(/^inputs\./, "");
      expect(action.inputs).toHaveProperty([input]);
      return inputs[input] ?? action.inputs[input]!.default;
    });
  const env = Object.fromEntries(Object.entries(step.env!).map(([name, text]) => [name, replaced(text)]));
  const temp = mkdtempSync(join(base, "runner-"));
  const files = { GITHUB_OUTPUT: join(temp, "output"), GITHUB_STEP_SUMMARY: join(temp, "summary") };
  for (const path of Object.values(files)) writeFileSync(path, "");
  const script = join(temp, "step.sh");
  writeFileSync(script, step.run!);
  const { status, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env, ...files, RUNNER_TEMP: temp },
  });
  const sarif = /^sarif-file=(.*)$/m.exec(readFileSync(files.GITHUB_OUTPUT, "utf8"))?.[1];
  return { status, stderr, sarif, summary: readFileSync(files.GITHUB_STEP_SUMMARY, "utf8") };
}

it("the action's step writes SARIF and a summary and fails for an error", { timeout: 120_000 }, () => {
  const { root, commit } = repository("action");
  commit({ "app.py": WEAK });
  const { status, stderr, sarif, summary } = runStep(root, {});
  expect(status, stderr).toBe(1);
  const { version, runs } = JSON.parse(readFileSync(sarif!, "utf8")) as {
    version: string;
    runs: { results: { ruleId: string }[] }[];
  };
  expect([version, runs[0]!.results.map(({ ruleId }) => ruleId)]).toEqual(["2.1.0", ["FL104", "FL108"]]);
  expect(summary).toContain("CWE-94");
});

it("the action's inputs are data", { timeout: 120_000 }, () => {
  const { root, commit } = repository("inputs");
  commit({ "app.py": CLEAN });
  expect(runStep(root, { path: '."; touch taken; "' }).status).toBe(2);
  expect(existsSync(join(root, "taken"))).toBe(false);
});

it("the hook looks at what differs from HEAD", { timeout: 120_000 }, () => {
  const [hook] = read(".pre-commit-hooks.yaml") as {
    entry: string;
    language: string;
    pass_filenames: boolean;
  }[];
  // What `language: system` without names of files means: the words of the entry, run in the repository.
  expect(hook).toMatchObject({ language: "system", pass_filenames: false });
  const path = join(base, "bin");
  mkdirSync(path);
  symlinkSync(join(projectRoot(), "bin/ironbark"), join(path, "ironbark"));
  const { root, commit } = repository("hook");
  commit({ "old.py": WEAK, "app.py": CLEAN });
  const [program, ...args] = hook!.entry.split(" ");
  const run = (): number | null =>
    spawnSync(program!, args, {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, PATH: `${path}:${process.env["PATH"]}` },
    }).status;
  expect(run()).toBe(0);
  writeFileSync(join(root, "app.py"), WEAK);
  expect(run()).toBe(1);
});
