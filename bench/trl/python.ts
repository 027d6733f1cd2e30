/** The Python side of a measurement against TRL and transformers: a process that answers one line for each line it is sent. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { arch, cpus } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { torchVersion } from "../../src/torch/index.ts";
import { projectRoot } from "../../src/util/root.ts";

export interface PythonSide {
  readonly versions: Readonly<Record<string, string>>;
  ask<T>(what?: string): Promise<T>;
  close(): void;
}

/** Runs `bench/trl/SCRIPT ARGUMENTS...`, which first prints its versions. Ends this program where TRL is not installed. */
export async function openPython(script: string, ...args: readonly string[]): Promise<PythonSide> {
  const python =
    process.env["IRONBARK_TRAINERS_PYTHON"] ?? join(projectRoot(), ".venv-trainers", "bin", "python");
  if (!existsSync(python)) {
    process.stderr.write("This measurement needs TRL: run `bash scripts/setup.sh --trainers`.\n");
    process.exit(3);
  }
  const path = fileURLToPath(new URL(script, import.meta.url));
  const env = {
    ...process.env,
    HF_HUB_OFFLINE: "1",
    CUDA_VISIBLE_DEVICES: "",
    TRL_EXPERIMENTAL_SILENCE: "1",
  };
  const child = spawn(python, [path, ...args], { stdio: ["pipe", "pipe", "pipe"], env });
  let said = "";
  child.stderr.on("data", (data: Buffer) => (said = (said + String(data)).slice(-4000)));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async <T>(): Promise<T> => {
    for (;;) {
      const { value, done } = await answers.next();
      if (done === true) throw new Error(`${script} ended before it answered: ${said}`);
      // Trainers print what they log.
      if (value.startsWith("{") && value.endsWith("}")) {
        try {
          return JSON.parse(value) as T;
        } catch {
          continue;
        }
      }
    }
  };
  return {
    versions: await answer<Record<string, string>>(),
    ask: (what = "go") => {
      child.stdin.write(`${what}\n`);
      return answer();
    },
    close: () => child.stdin.end(),
  };
}

/** Prints the JSON line of a measurement. */
export function report(name: string, python: PythonSide, values: Readonly<Record<string, unknown>>): void {
  process.stdout.write(
    `${JSON.stringify({
      name,
      ...values,
      machine: `${cpus()[0]?.model.trim() ?? arch()}, ${cpus().length} CPUs`,
      versions: { node: process.version, libtorch: torchVersion(), ...python.versions },
    })}\n`,
  );
}

export const rounded = (value: number, digits = 3): number => Number(value.toFixed(digits));
