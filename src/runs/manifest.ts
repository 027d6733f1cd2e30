/** What run.json says: the command, its whole configuration, and what it ran with. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../util/root.ts";

export interface GitState {
  readonly revision: string;
  /** `git diff HEAD`; cut after 1 MiB. */
  readonly diff: string;
  /** Files that git neither knows nor ignores: their content is not in `diff`. */
  readonly untracked: readonly string[];
}

export interface Machine {
  readonly platform: string;
  readonly kernel: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory_bytes: number;
}

export interface RunInfo {
  readonly format: 1;
  readonly command: string;
  readonly config: unknown;
  readonly seed: number;
  /** ISO 8601. */
  readonly started: string;
  /** When the run was taken up again after an interruption. */
  readonly resumed: readonly string[];
  readonly device: string;
  /** Of Ironbark, Node, each npm dependency, and what the caller adds (torch). */
  readonly versions: Readonly<Record<string, string>>;
  readonly git: GitState | null;
  readonly machine: Machine;
}

export interface RunOptions {
  readonly command: string;
  /** The whole configuration, defaults filled in: enough to run the same again. */
  readonly config: unknown;
  readonly seed: number;
  readonly device?: string;
  /** Versions only the caller knows, for instance torch's. */
  readonly versions?: Readonly<Record<string, string>>;
}

export function describeRun(options: RunOptions): RunInfo {
  return {
    format: 1,
    command: options.command,
    config: options.config,
    seed: options.seed,
    started: new Date().toISOString(),
    resumed: [],
    device: options.device ?? "cpu",
    versions: { ...ownVersions(), ...options.versions },
    git: gitState(projectRoot()),
    machine: {
      platform: `${process.platform}-${process.arch}`,
      kernel: release(),
      cpu: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      memory_bytes: totalmem(),
    },
  };
}

function ownVersions(): Record<string, string> {
  const root = projectRoot();
  const own = readPackage(join(root, "package.json"));
  const versions: Record<string, string> = { ironbark: own.version, node: process.versions.node };
  for (const name of Object.keys(own.dependencies ?? {})) {
    const path = join(root, "node_modules", name, "package.json");
    if (existsSync(path)) versions[`npm:${name}`] = readPackage(path).version;
  }
  return versions;
}

function readPackage(path: string): { version: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(path, "utf8")) as { version: string; dependencies?: Record<string, string> };
}

const MAX_DIFF_CHARACTERS = 1 << 20;

/** Null for an installation that is not a git checkout, and where git is missing. */
function gitState(root: string): GitState | null {
  if (!existsSync(join(root, ".git"))) return null;
  const git = (...args: string[]): string =>
    execFileSync("git", args, {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "ignore"],
      // Looking must not take the lock that a commit needs.
      env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" },
    });
  try {
    const revision = git("rev-parse", "HEAD").trim();
    const diff = git("diff", "--no-ext-diff", "HEAD");
    const untracked = git("ls-files", "--others", "--exclude-standard").split("\n").filter(Boolean);
    const cut = diff.length > MAX_DIFF_CHARACTERS;
    return { revision, diff: cut ? `${diff.slice(0, MAX_DIFF_CHARACTERS)}\n[cut]\n` : diff, untracked };
  } catch {
    return null;
  }
}
