/** The program itself as a process, with real sandboxes: validate a scenario, serve an environment, end on Ctrl-C. */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { projectRoot } from "../util/root.ts";

const PROGRAM = join(projectRoot(), "bin/ironbark");
const away = mkdtempSync(join(tmpdir(), "ironbark-away-"));
afterAll(() => rmSync(away, { recursive: true, force: true }));

const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(PROGRAM, args, { cwd: away, encoding: "utf8" });

it("validates a hand-written scenario and one of a family, from anywhere", () => {
  for (const name of ["library", "xss-page-concat"]) {
    const { status, stdout, stderr } = run("env", "validate", name, "--repeats", "2", "--json");
    expect(stderr).not.toContain("error");
    expect(status).toBe(0);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toMatchObject({
      ok: true,
      unsafe: false,
      scenarios: 1,
      wrong_accepted: { count: 0 },
      right_refused: { count: 0 },
      infra: 0,
    });
  }
});

it("fails with 1 for a scenario whose reference is no fix", () => {
  const broken = join(away, "library");
  cpSync(join(projectRoot(), "scenarios/library"), broken, { recursive: true });
  for (const form of ["reference.diff", "reference.json", "reference"])
    rmSync(join(broken, "patches", form), { recursive: true, force: true });
  const commented = { "app.py": `${readFileSync(join(broken, "app/app.py"), "utf8")}\n# safe now\n` };
  writeFileSync(join(broken, "patches/reference.json"), JSON.stringify(commented));
  const { status, stdout } = run("env", "validate", "./library", "--repeats", "1");
  expect(stdout).toContain("right patches refused: 1 of");
  expect(stdout).toMatch(/^library: reference: expected blocked, got exploitable/m);
  expect(status).toBe(1);
});

it("lets the agents without a model play, and keeps labels of what is shipped only", () => {
  const { status, stdout } = run("env", "baselines", "choir", "--episodes", "2", "--json");
  expect(status).toBe(0);
  const { agents, scenarios, episodes } = JSON.parse(stdout) as {
    agents: { id: string; reward: number; blocked: number }[];
    scenarios: Record<string, { difficulty: string }>;
    episodes: number;
  };
  expect(episodes).toBe(5);
  expect(agents.map(({ id }) => id)).toEqual(["random", "grep", "pattern", "oracle"]);
  expect(agents.at(-1)).toMatchObject({ reward: 1.5, blocked: 1 });
  expect(["easy", "medium", "hard"]).toContain(scenarios["choir"]!.difficulty);
  const refused = run("env", "baselines", "./library", "--save");
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining("--save")]);
});

it("serves until Ctrl-C and ends cleanly, also through a symbolic link", async () => {
  const link = join(away, "ib");
  symlinkSync(PROGRAM, link);
  const child = spawn(link, ["env", "serve", "--port", "0", "--json"], { cwd: away });
  const exit = new Promise<number | null>((done) => void child.once("exit", (code) => done(code)));
  const line = await new Promise<string>(
    (done) => void child.stdout.once("data", (data: Buffer) => done(String(data))),
  );
  const { url, environment } = JSON.parse(line) as { url: string; environment: string };
  expect(environment).toBe("patch");
  const reset = await fetch(`${url}/reset`, { method: "POST", body: '{"seed":1}' });
  expect(reset.status).toBe(200);
  expect(await reset.json()).toMatchObject({ done: false, reward: 0 });
  child.kill("SIGINT");
  expect(await exit).toBe(0);
});

it("needs no terminal: a reader that stops early is no error", () => {
  const { status, stderr } = spawnSync("sh", ["-c", `"${PROGRAM}" env list | head -1`], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
