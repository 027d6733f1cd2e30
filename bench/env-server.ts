/**
 * Steps per second and the time to an answer with 256 sessions at once, and the memory that an idle session costs:
 * our server and the reference server of the PyPI package openenv, each in its own process, with the same trivial
 * environment and the same clients, in turn.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { arch, cpus } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { NO_OPENENV, openenvPython, referenceServer } from "../test/openenv/servers.ts";
import { closeSessions, load, openSessions, residentKb, type Load } from "./env-server/load.ts";

const ROUNDS = 5;
const SECONDS = 4;
const SESSIONS = 256;

const python = openenvPython();
if (python === undefined) {
  console.error(`error: ${NO_OPENENV}`);
  process.exit(3);
}

interface Server {
  readonly url: string;
  readonly pid: number;
  /** Gives back what is not in use, as far as the server can. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

async function ourServer(): Promise<Server> {
  const script = fileURLToPath(new URL("./env-server/serve.ts", import.meta.url));
  const child = spawn(process.execPath, ["--expose-gc", "--import", "tsx", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [url] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  const settle = async (): Promise<void> => {
    child.kill("SIGUSR2");
    await new Promise((resolve) => setTimeout(resolve, 500));
  };
  return { url, pid: child.pid!, settle, close };
}

const median = (values: readonly number[]): number => values.toSorted((x, y) => x - y)[values.length >> 1]!;
const rounded = (value: number): number => Number(value.toPrecision(4));

const reference = await referenceServer(python, { places: 2 * SESSIONS });
const servers: Record<"ours" | "theirs", Server> = {
  ours: await ourServer(),
  // Counts references: what is not in use has been given back.
  theirs: { ...reference, settle: async () => {} },
};
try {
  const loads = { ours: [] as Load[], theirs: [] as Load[] };
  const idleKb = { ours: 0, theirs: 0 };
  for (let round = 0; round <= ROUNDS; round++)
    for (const side of ["ours", "theirs"] as const) {
      const { url, pid, settle } = servers[side];
      if (round === 0) {
        // Loads what the first sessions need once and for all.
        await closeSessions(await openSessions(url, 16));
        await settle();
      }
      const before = residentKb(pid);
      const sockets = await openSessions(url, SESSIONS);
      // Only the first time: later sessions reuse memory.
      if (round === 0) {
        await settle();
        idleKb[side] = (residentKb(pid) - before) / SESSIONS;
      }
      const seen = await load(sockets, round === 0 ? 1 : SECONDS);
      if (round > 0) loads[side].push(seen);
      await closeSessions(sockets);
    }
  const of = (side: "ours" | "theirs", key: keyof Load): number =>
    rounded(median(loads[side].map((one) => one[key])));
  const rounds = (side: "ours" | "theirs"): number[] => loads[side].map(({ p99 }) => rounded(p99));
  const version = spawnSync(python, ["-c", "import importlib.metadata as m; print(m.version('openenv'))"], {
    encoding: "utf8",
  });
  process.stdout.write(
    `${JSON.stringify({
      name: "env-server",
      ratio: rounded(of("ours", "stepsPerSecond") / of("theirs", "stepsPerSecond")),
      ours: of("ours", "stepsPerSecond"),
      theirs: of("theirs", "stepsPerSecond"),
      unit: "steps/s",
      sessions: SESSIONS,
      p50_ms: { ours: of("ours", "p50"), theirs: of("theirs", "p50") },
      p99_ms: { ours: of("ours", "p99"), theirs: of("theirs", "p99") },
      p99_rounds_ms: { ours: rounds("ours"), theirs: rounds("theirs") },
      p99_ratio: rounded(of("ours", "p99") / of("theirs", "p99")),
      idle_session_kb: { ours: rounded(idleKb.ours), theirs: rounded(idleKb.theirs) },
      machine: `${cpus()[0]?.model.trim() ?? arch()}, ${cpus().length} CPUs`,
      versions: { node: process.version, openenv: version.stdout.trim() },
    })}\n`,
  );
} finally {
  await Promise.all([servers.ours.close(), servers.theirs.close()]);
}
