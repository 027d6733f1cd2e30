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

const PROBE = `import importlib.util, json, os, sys, flask
importlib.util.find_spec("fastapi") or sys.exit(1)
print(json.dumps([os.path.realpath(sys.executable), sys.base_prefix, os.path.dirname(os.path.dirname(flask.__file__)), sys.version_info >= (3, 11)]))`;

let known: Promise<PythonInfo> | undefined;

/** Asks the interpreter once where it lives. Throws PrerequisiteError when it, Flask or FastAPI is missing. */
export function pythonInfo(): Promise<PythonInfo> {
  known ??= probe();
  return known;
}

async function probe(): Promise<PythonInfo> {
  const command = pythonCommand();
  try {
    const { stdout } = await promisify(execFile)(command, ["-c", PROBE]);
    const [executable, basePrefix, site, safePath] = JSON.parse(stdout) as [string, string, string, boolean];
    return { executable, basePrefix, site, safePath };
  } catch (cause) {
    known = undefined;
    throw new PrerequisiteError(
      `${command} cannot import Flask and FastAPI: run "make setup" or set IRONBARK_PYTHON to a Python that has it`,
      { cause },
    );
  }
}
