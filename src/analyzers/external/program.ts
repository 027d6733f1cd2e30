/** Running an analyzer that is a program of its own on files that are given as texts. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, normalize, sep } from "node:path";
import { InfraError, PrerequisiteError, type Files } from "../../core/index.ts";

export interface ProgramCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Statuses that mean success. */
  readonly okay?: readonly number[];
  /** What to say when the program is not there. */
  readonly install: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Far more than any report of a few files. */
const MAX_OUTPUT = 256 * 1024 * 1024;

/** Standard output. Throws PrerequisiteError when the program is not installed, InfraError when it fails or hangs. */
export async function runProgramFor({
  command,
  args,
  cwd,
  timeoutMs,
  okay = [0],
  install,
  env = {},
}: ProgramCall): Promise<string> {
  // A group of its own, so that what it started ends with it.
  const child = spawn(command, args, {
    cwd,
    detached: true,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  let [size, complaint, why] = [0, "", ""];
  const stop = (reason: string): void => {
    why ||= reason;
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // It has ended by itself in the meantime.
    }
  };
  const timer = setTimeout(() => stop(`not done within ${timeoutMs / 1000} s`), timeoutMs);
  child.stdout.on("data", (data: Buffer) => {
    size += data.length;
    if (size > MAX_OUTPUT) stop("its report is too large");
    else out.push(data);
  });
  child.stderr.on("data", (data: Buffer) => (complaint = (complaint + data.toString()).slice(-4000)));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (why !== "") throw new InfraError("grader", `${command}: ${why}`);
    if (code === null || !okay.includes(code)) {
      const says = complaint.trim().split("\n").at(-1);
      throw new InfraError("grader", `${command} ended with ${code}: ${says || "no reason given"}`);
    }
    return Buffer.concat(out).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new PrerequisiteError(`${command} is not installed: ${install}`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Calls `body` with a folder that holds the files, and removes it. Throws RangeError for a path that leads out of it. */
export async function withFolder<T>(files: Files, body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "ironbark-scan-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      const place = join(folder, normalize(path));
      if (!place.startsWith(folder + sep)) throw new RangeError(`${path}: leads out of its folder`);
      await mkdir(dirname(place), { recursive: true });
      await writeFile(place, text);
    }
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
