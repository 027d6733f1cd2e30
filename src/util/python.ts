/** Which Python to use. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./root.ts";

/** The interpreter: IRONBARK_PYTHON, the project's own environment, python3. */
export function pythonCommand(): string {
  const own = join(projectRoot(), ".venv", "bin", "python");
  return process.env["IRONBARK_PYTHON"] ?? (existsSync(own) ? own : "python3");
}

/** Path of a file of python/. */
export function pythonShim(name: string): string {
  return join(projectRoot(), "python", name);
}
