/** Who may write a run: one live process, and after a crash exactly one of those who try. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { InputError } from "../core/errors.ts";
import { lockHolder, lockRun } from "./lock.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "ironbark-lock-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const write = (holder: object): void => writeFileSync(join(dir, "run.lock"), JSON.stringify(holder));
/** Above the kernel's largest pid, so that no process has it. */
const DEAD = 2 ** 22 + 1;

it("is held by one process at a time and leaves nothing behind", () => {
  const lock = lockRun(dir);
  expect(lockHolder(dir)?.pid).toBe(process.pid);
  expect(() => lockRun(dir)).toThrow(InputError);
  expect(() => lockRun(dir)).toThrow(`process ${process.pid}`);
  lock.release();
  expect(readdirSync(dir)).toEqual([]);
  lockRun(dir).release();
});

it.each([
  ["of a dead process", { pid: DEAD, host: hostname(), started: "1" }],
  ["whose pid another process has now", { pid: process.pid, host: hostname(), started: "1" }],
])("takes over a lock %s", (_, holder) => {
  write(holder);
  expect(lockHolder(dir)).toBeNull();
  const lock = lockRun(dir);
  expect(lockHolder(dir)?.pid).toBe(process.pid);
  lock.release();
});

it("believes the lock of another machine", () => {
  write({ pid: DEAD, host: `not-${hostname()}`, started: "1" });
  expect(() => lockRun(dir)).toThrow(/in use/);
});

it("does not release a lock that is no longer its own", () => {
  const lock = lockRun(dir);
  const other = { pid: 1, host: `not-${hostname()}`, started: null };
  write(other);
  lock.release();
  expect(JSON.parse(readFileSync(join(dir, "run.lock"), "utf8"))).toEqual(other);
});

it("goes to one of several processes that find the same dead lock", async () => {
  write({ pid: DEAD, host: hostname(), started: "1" });
  const module = fileURLToPath(new URL("lock.ts", import.meta.url));
  // Each holds the lock until the others have tried, which their closed input tells it.
  const script = `
    import { lockRun } from ${JSON.stringify(module)};
    let said = "won";
    try { lockRun(${JSON.stringify(dir)}); } catch (error) { said = error.name; }
    console.log(said);
    process.stdin.resume().on("end", () => process.exit());
  `;
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script]),
  );
  const said = await Promise.all(
    children.map(
      (child) =>
        new Promise<string>((done) =>
          child.stdout.once("data", (data: Buffer) => done(data.toString().trim())),
        ),
    ),
  );
  for (const child of children) child.stdin.end();
  expect(said.sort()).toEqual(["InputError", "InputError", "won"]);
});
