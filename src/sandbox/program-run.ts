/** One program on many inputs inside a runner: writes the job, reads what came of it, goes on after what was killed. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InfraError } from "../core/index.ts";
import { NODE_INSIDE } from "./bwrap.ts";
import type { Ended, Runner } from "./runner.ts";
import type { Program, ProgramCase, ProgramLimits, ProgramReport, ProgramRun } from "./program-types.ts";
import { wireLimits } from "./wire-limits.ts";

/** A line of the runner's answer. */
interface Line {
  readonly why?: "" | "timeout" | "output" | "budget";
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly cpu_s?: number;
  readonly ms?: number;
  readonly watched?: Readonly<Record<string, string | null>>;
  readonly syntax?: string;
  readonly end?: true;
  readonly error?: string;
}

/** V8 reserves address space by the gigabyte; its heap limit and the watch over resident memory hold instead. */
const NODE_ADDRESS_SPACE = 16 * 1024 ** 3;
/** Between the last run's limit and the end of the clone. */
const GRACE_S = 15;

export async function runProgram(
  runner: Runner,
  program: Program,
  cases: readonly ProgramCase[],
  limits: ProgramLimits,
): Promise<ProgramReport> {
  const runs: ProgramRun[] = [];
  const deadline = performance.now() + limits.budgetMs;
  for (let retried = false; runs.length < cases.length;) {
    const left = Math.max(0, deadline - performance.now());
    const { lines, ended } = await attempt(runner, program, cases.slice(runs.length), limits, left);
    const before = runs.length;
    for (const line of lines) {
      if (line.syntax !== undefined) return { syntaxError: line.syntax, runs: [] };
      if (line.end === undefined && line.error === undefined) runs.push(toRun(line));
    }
    if (runs.length >= cases.length) break;
    const error = lines.at(-1)?.error;
    const killed = error === undefined ? KILLED[ended.reason] : undefined;
    if (killed !== undefined) runs.push({ ...NOT_RUN, how: killed, stderr: `ended: ${ended.reason}` });
    else if (runs.length === before) {
      // Whatever it was, it is not known to be the program's doing. Once may be bad luck.
      if (retried) throw new InfraError("sandbox", `cannot run the program: ${error ?? why(ended)}`);
      retried = true;
    }
  }
  return { runs };
}

const NOT_RUN: ProgramRun = {
  how: "not-run",
  code: 0,
  stdout: "",
  stderr: "",
  cpuSeconds: 0,
  ms: 0,
  watched: {},
};
const KILLED: Readonly<Record<string, ProgramRun["how"]>> = {
  "memory limit": "memory",
  "processor time limit": "timeout",
  "time limit": "timeout",
};

const why = (ended: Ended): string => ended.reason || `its watcher ended with ${ended.code}`;

async function attempt(
  runner: Runner,
  program: Program,
  cases: readonly ProgramCase[],
  limits: ProgramLimits,
  budgetMs: number,
): Promise<{ readonly lines: readonly Line[]; readonly ended: Ended }> {
  const id = runner.newId();
  const base = join(runner.folder, id);
  const shape = shapeOf(program);
  const texts = cases.map(({ input, world, watch = [] }) => {
    // What touches disks is judged in a process of its own.
    const batch = shape.batch && world === undefined && watch.length === 0;
    return Buffer.from(JSON.stringify({ input, batch, watch, ...(world === undefined ? {} : { world }) }));
  });
  const header = {
    language: program.language,
    source: program.source,
    entry: shape.entry,
    check: shape.check,
    // With its baked-in hash seed Node starts in three quarters of the time; collisions harm only the program itself.
    command: [
      NODE_INSIDE,
      "--no-rehash-snapshot",
      `--max-old-space-size=${Math.floor(limits.memoryBytes / 2 ** 20)}`,
    ],
    wall_s: limits.wallMs / 1000,
    budget_s: budgetMs / 1000,
    sizes: texts.map((text) => text.length),
  };
  try {
    await Promise.all([
      writeFile(`${base}.json`, JSON.stringify(header), { mode: 0o600 }),
      writeFile(`${base}.cases`, Buffer.concat(texts), { mode: 0o600 }),
    ]);
    const seconds = (budgetMs + limits.wallMs) / 1000 + GRACE_S;
    const job = runner.run(id, {
      op: "program",
      wall_s: seconds,
      limits: programLimits(program, limits, seconds),
    });
    const ended = await job.ended;
    const text = await readFile(`${base}.done`, "utf8").catch(() => "");
    // The last line may be torn: its writer can have been killed.
    const whole = text.split("\n").slice(0, -1);
    return { lines: whole.map((line) => JSON.parse(line) as Line), ended };
  } finally {
    const mine = await readdir(runner.folder).catch(() => []);
    const files = mine.filter((name) => name.startsWith(`${id}.`));
    await Promise.all(files.map((name) => rm(join(runner.folder, name), { force: true }))).catch(() => {});
  }
}

/** How a source is run: under which name, and whether many inputs may share a process. */
function shapeOf({ language, source }: Program): { entry: string; check: boolean; batch: boolean } {
  if (language === "python") return { entry: "main.py", check: true, batch: false };
  const module = /^\s*(import\s*["'{*\w]|export\s)/m.test(source) && !/\brequire\s*\(/.test(source);
  if (module) return { entry: "main.mjs", check: true, batch: false };
  // The shared process checks the syntax before it runs anything, which saves a start of Node.
  const batch = !/\bimport\s*\(/.test(source);
  return { entry: "main.js", check: !batch, batch };
}

function toRun(line: Line): ProgramRun {
  if (line.why === "budget") return NOT_RUN;
  const { code = 0, stdout = "", stderr = "", cpu_s = 0, ms = 0, watched = {} } = line;
  const outOfMemory = code !== 0 && OUT_OF_MEMORY.test(stderr);
  return {
    how: line.why || (outOfMemory ? "memory" : "ended"),
    code,
    stdout,
    stderr,
    cpuSeconds: cpu_s,
    ms,
    watched: Object.fromEntries(
      Object.entries(watched).filter((entry): entry is [string, string] => entry[1] !== null),
    ),
  };
}

/** The last words of Python and of Node; of those only the end is kept, which can be the native stack alone. */
const OUT_OF_MEMORY =
  /(^|\n)MemoryError[^\n]*\n?$|heap out of memory|FatalProcessOutOfMemory|Array buffer allocation failed/;

function programLimits(program: Program, limits: ProgramLimits, seconds: number): Record<string, number> {
  const memoryBytes = program.language === "javascript" ? NODE_ADDRESS_SPACE : limits.memoryBytes;
  // Between two inputs every process is ended, so that wall time bounds the sum as well.
  const cpu = { each: limits.cpuSeconds, total: seconds * limits.processes };
  return wireLimits({ ...limits, memoryBytes }, cpu);
}
