/** The echo environment behind two servers: ours, and the reference of the PyPI package openenv. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createEnvServer, type EnvServer, type EnvServerOptions } from "../../src/serve/index.ts";
import { echoOptions, echoTasks, type EchoAction } from "../../src/testing/index.ts";
import { projectRoot } from "../../src/util/root.ts";

/** The interpreter that has the package openenv, and `more`, or undefined. `make test-openenv` makes it. */
export function openenvPython(...more: readonly string[]): string | undefined {
  const command = process.env["IRONBARK_OPENENV_PYTHON"] ?? join(projectRoot(), ".venv-openenv/bin/python");
  if (!existsSync(command)) return undefined;
  const wanted = ["openenv", ...more].map((name) => JSON.stringify(name)).join(", ");
  const look = `import importlib.util, sys; sys.exit(None in map(importlib.util.find_spec, [${wanted}]))`;
  return spawnSync(command, ["-c", look]).status === 0 ? command : undefined;
}

const missing = (what: string): string =>
  `${what} missing: run \`make test-openenv\`, or set IRONBARK_OPENENV_PYTHON to a Python that has what python/requirements-openenv.txt names`;
export const NO_OPENENV = missing("the PyPI package openenv is");
export const NO_TRAINERS = missing("the PyPI packages trl, gymnasium and verifiers are");

/** With the tool `echo` and two splits of tasks. */
export function echoServer(over: Partial<EnvServerOptions<EchoAction>> = {}): EnvServer {
  return createEnvServer<EchoAction>({ ...echoOptions, tasks: echoTasks, ...over });
}

export interface ReferenceServer {
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** Starts the reference server and waits until it answers. */
export async function referenceServer(
  python: string,
  { places = 2, tools = false }: { places?: number; tools?: boolean } = {},
): Promise<ReferenceServer> {
  const script = join(projectRoot(), "test/openenv/reference.py");
  const child = spawn(python, [script, "0", String(places), ...(tools ? ["--tools"] : [])], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [url] = (await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(() => Promise.reject(new Error("the reference server ended before it listened"))),
  ])) as [string];
  while (!(await fetch(`${url}/health`).catch(() => undefined))?.ok)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    url,
    pid: child.pid!,
    close: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
