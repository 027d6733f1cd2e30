/** Where the interpreter and its libraries lie. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PrerequisiteError } from "../core/index.ts";
import { pythonCommand } from "../util/python.ts";

export interface PythonInfo {
  /** The interpreter itself, links resolved. */
  readonly executable: string;
  /** Folder of the installation (standard library). */
  readonly basePrefix: string;
  /** Folder of installed packages. */
  readonly site: string;
  /** Whether `-P` exists, which leaves the script's own folder out of the path. */
  readonly safePath: boolean;
}

const probeFor = (
  module: string,
  others: readonly string[],
): string => `import importlib.util, json, os, sys, ${module}
all(map(importlib.util.find_spec, ${JSON.stringify(others)})) or sys.exit(1)
print(json.dumps([os.path.realpath(sys.executable), sys.base_prefix, os.path.dirname(next(iter(getattr(${module}, "__path__", [])), ${module}.__file__)), sys.version_info >= (3, 11)]))`;

let known: Promise<PythonInfo> | undefined;

/** Asks the interpreter once where it lives. Throws PrerequisiteError when it, Flask or FastAPI is missing. */
export function pythonInfo(): Promise<PythonInfo> {
  known ??= probe();
  return known;
}

async function probe(): Promise<PythonInfo> {
  const command = pythonCommand();
  try {
    return await pythonWith(command, "flask", ["fastapi"]);
  } catch (cause) {
    known = undefined;
    throw new PrerequisiteError(
      `${command} cannot import Flask and FastAPI: run "make setup" or set IRONBARK_PYTHON to a Python that has them`,
      { cause },
    );
  }
}

/** Of any interpreter, with the folder of packages in which `module` lies. Rejects when it lacks that or `others`. */
export async function pythonWith(
  command: string,
  module: string,
  others: readonly string[] = [],
): Promise<PythonInfo> {
  const { stdout } = await promisify(execFile)(command, ["-c", probeFor(module, others)]);
  const [executable, basePrefix, site, safePath] = JSON.parse(stdout) as [string, string, string, boolean];
  return { executable, basePrefix, site, safePath };
}
