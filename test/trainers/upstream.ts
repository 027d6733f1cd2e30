/** What the tests with other people's trainers need: an interpreter with their packages, and two of their files. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../src/util/root.ts";

/** Undefined where `make test-trainers` has not been run. `needed` are the modules that the caller imports. */
export function trainersPython(needed = "trl, ray, aiohttp"): string | undefined {
  const command =
    process.env["IRONBARK_TRAINERS_PYTHON"] ?? join(projectRoot(), ".venv-trainers", "bin", "python");
  if (!existsSync(command)) return undefined;
  return spawnSync(command, ["-c", `import ${needed}`]).status === 0 ? command : undefined;
}

/** A file of OpenRLHF or EasyR1 as its repository has it; undefined where setup could not fetch it. */
export function upstreamFile(...path: string[]): string | undefined {
  const file = join(projectRoot(), ".cache", "trainers", ...path);
  return existsSync(file) ? file : undefined;
}

export const NO_TRAINERS = "their packages are missing: run `make test-trainers`";
