/** Where the Python side lives: the package's shims, the interpreter and its libraries. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { PrerequisiteError } from "../core/index.ts";

export interface PythonInfo {
  /** The interpreter itself, links resolved. */
  readonly executable: string;
  /** Folder of the installation (standard library). */
  readonly basePrefix: string;
  /** Folder of installed packages. */
  readonly site: string;
}

/** Folder of the installed package: the one that holds python/zygote.py. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "python", "zygote.py"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new PrerequisiteError("python/zygote.py is missing from this installation");
    folder = parent;
  }
  return folder;
}

/** The interpreter to use: IRONBARK_PYTHON, the project's own environment, python3. */
export function pythonCommand(): string {
  const own = join(packageRoot(), ".venv", "bin", "python");
  return process.env["IRONBARK_PYTHON"] ?? (existsSync(own) ? own : "python3");
}

const PROBE = `import json, os, sys, flask
print(json.dumps([os.path.realpath(sys.executable), sys.base_prefix, os.path.dirname(os.path.dirname(flask.__file__))]))`;

let known: Promise<PythonInfo> | undefined;

/** Asks the interpreter once where it lives. Throws PrerequisiteError when it or Flask is missing. */
export function pythonInfo(): Promise<PythonInfo> {
  known ??= probe();
  return known;
}

async function probe(): Promise<PythonInfo> {
  const command = pythonCommand();
  try {
    const { stdout } = await promisify(execFile)(command, ["-c", PROBE]);
    const [executable, basePrefix, site] = JSON.parse(stdout) as [string, string, string];
    return { executable, basePrefix, site };
  } catch (cause) {
    known = undefined;
    throw new PrerequisiteError(
      `${command} cannot import Flask: run "make setup" or set IRONBARK_PYTHON to a Python that has it`,
      { cause },
    );
  }
}
