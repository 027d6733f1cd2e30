/** What of CWEval's tool chains this machine has, and how they are seen from inside the sandbox. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { InputError, PrerequisiteError } from "../../core/errors.ts";
import { pythonWith, type PythonInfo } from "../../sandbox/index.ts";
import { contentHash } from "../../util/hash.ts";
import type { Language, Task } from "./tasks.ts";

export interface Machine {
  readonly python: PythonInfo;
  /** Of this machine, by name below /opt inside. */
  readonly folders: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** In the folder in which every solution is built and tested. */
  readonly files: Readonly<Record<string, string>>;
  readonly links: Readonly<Record<string, string>>;
  /** First line of what a tool says its version is; null where it is missing. */
  readonly versions: Readonly<Record<string, string | null>>;
  /** Of everything here that a verdict depends on. */
  readonly fingerprint: string;
  readonly notes: readonly string[];
}

export interface MachineOptions {
  /** Command of an interpreter that has upstream's requirements. */
  readonly python: string;
  /** Folder with the npm packages that the JavaScript tasks use; default: NODE_PATH, and what npm has globally. */
  readonly nodeModules?: string | undefined;
}

const NEEDS: Readonly<Record<Language, readonly string[]>> = {
  c: ["gcc"],
  cpp: ["g++"],
  go: ["go"],
  py: [],
  js: [],
};

/** Throws PrerequisiteError when the interpreter lacks pytest, InputError for a folder that does not exist. */
export async function surveyMachine(repository: string, options: MachineOptions): Promise<Machine> {
  const python = await findPython(options.python);
  const said = await Promise.all(
    [
      ["gcc", "--version"],
      ["g++", "--version"],
      ["go", "version"],
      [
        options.python,
        "-c",
        "import pytest, sys; print('Python', sys.version.split()[0], 'pytest', pytest.__version__)",
      ],
    ].map(([command, ...args]) => firstLine(command!, args)),
  );
  const [gcc, gpp, go, pytest] = said;
  const goimports = existsSync("/usr/bin/goimports") || existsSync("/usr/local/bin/goimports");
  const versions = {
    gcc: gcc!,
    "g++": gpp!,
    go: go!,
    goimports: goimports ? "installed" : null,
    python: pytest!,
    node: `Node.js ${process.version}`,
  };
  const third = join(repository, "third_party");
  const modules = await findModules(options.nodeModules);
  const folders: Record<string, string> = {
    ...(existsSync(third) ? { third_party: third } : {}),
    ...(modules === undefined ? {} : { node_modules: modules }),
    ...(await goFolders(go!)),
  };
  const module = goModule(repository, go!);
  const environment = {
    PATH: "/opt/node:/opt/go/bin:/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin",
    HOME: "/tmp",
    NODE_PATH: "/opt/node_modules",
    GOPROXY: "off",
    GOFLAGS: "-mod=mod",
    GOTOOLCHAIN: "local",
    ...(folders["gomod"] === undefined ? {} : { GOMODCACHE: "/opt/gomod" }),
    GOCACHE: "/tmp/go-build",
  };
  return {
    python,
    folders,
    environment,
    files: { "pytest.ini": readIni(repository), ...module.files },
    links: existsSync(third) ? { third_party: "/opt/third_party" } : {},
    versions,
    fingerprint: contentHash({ versions, folders, environment, site: python.site }),
    notes: [
      ...module.notes,
      ...(go !== null && !goimports ? ["goimports is not in /usr: answers in Go are built as they are"] : []),
    ],
  };
}

/** Why a task cannot be judged here whatever the solution, as far as that shows before anything is run. */
export function missingFor(
  { language, tests }: Task,
  { versions }: Machine,
  repository: string,
): string | undefined {
  const tool = NEEDS[language].find((name) => versions[name] === null);
  if (tool !== undefined) return `${tool} is not installed`;
  const [binary] = /third_party\/[\w.-]+/.exec(tests) ?? [];
  return binary === undefined || existsSync(join(repository, binary))
    ? undefined
    : `${binary} is not in the checkout`;
}

async function findPython(command: string): Promise<PythonInfo> {
  for (const module of ["pytest_timeout", "pytest"])
    try {
      const info = await pythonWith(command, module);
      if (module === "pytest") return info;
    } catch (cause) {
      throw new PrerequisiteError(
        `${command} cannot import ${module}: name an interpreter with CWEval's requirements with --python`,
        { cause },
      );
    }
  throw new Error("unreachable");
}

async function findModules(asked: string | undefined): Promise<string | undefined> {
  if (asked !== undefined && !existsSync(asked))
    throw new InputError(`--node-modules ${asked}: no such folder`);
  const found = asked ?? process.env["NODE_PATH"] ?? (await firstLine("npm", ["root", "-g"]));
  return found !== null && existsSync(found) ? found : undefined;
}

/** Where Go lies when that is not below /usr, and the modules that it has fetched. */
async function goFolders(go: string | null): Promise<Record<string, string>> {
  if (go === null) return {};
  const [root, modules] = await Promise.all([
    firstLine("go", ["env", "GOROOT"]),
    firstLine("go", ["env", "GOMODCACHE"]),
  ]);
  return {
    ...(root === null || root.startsWith("/usr/") ? {} : { go: root }),
    ...(modules === null || !existsSync(join(modules, "cache")) ? {} : { gomod: modules }),
  };
}

/** The checkout's go.mod, for an older Go as if it asked for that one. */
function goModule(repository: string, go: string | null): { files: Record<string, string>; notes: string[] } {
  const read = (name: string): string | undefined =>
    existsSync(join(repository, name)) ? readFileSync(join(repository, name), "utf8") : undefined;
  const [text, sums] = [read("go.mod"), read("go.sum")];
  const have = /go(\d+)\.(\d+)/.exec(go ?? "");
  if (text === undefined || have === null) return { files: {}, notes: [] };
  const asked = /^go (\d+)\.(\d+)\S*$/m.exec(text);
  const older =
    asked !== null && Number(have[1]) * 1000 + Number(have[2]) < Number(asked[1]) * 1000 + Number(asked[2]);
  return {
    files: {
      "go.mod": older
        ? text.replace(asked[0], `go ${have[1]}.${have[2]}`).replace(/^toolchain .*$/m, "")
        : text,
      ...(sums === undefined ? {} : { "go.sum": sums }),
    },
    notes: older ? [`go.mod asks for ${asked[0]}; read as if it asked for ${have[1]}.${have[2]}`] : [],
  };
}

/** Without its declaration of markers pytest warns, no more. */
function readIni(repository: string): string {
  const path = join(repository, "benchmark", "pytest.ini");
  return existsSync(path) ? readFileSync(path, "utf8") : "[pytest]\n";
}

async function firstLine(command: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { timeout: 20_000 });
    return stdout.split("\n")[0]!.trim() || null;
  } catch {
    return null;
  }
}
