/** Which files of a work tree differ from a commit, without running anything that the repository configures. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { InputError, PrerequisiteError } from "../core/errors.ts";

const run = promisify(execFile);
const MAX_LIST_BYTES = 256 * 1024 * 1024;

/**
 * Path relative to `root` -> hash of its content at `ref`. Only the object database is read: comparing the work tree
 * would run the filters and monitors that a hostile `.git/config` may name. Throws InputError for what is no commit.
 */
export async function filesAt(root: string, ref: string): Promise<ReadonlyMap<string, string>> {
  const git = async (...args: string[]): Promise<string> => {
    const fixed = ["-C", root, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-pager"];
    const env = { ...process.env, GIT_NO_LAZY_FETCH: "1", GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0" };
    const { stdout } = await run("git", [...fixed, ...args], { maxBuffer: MAX_LIST_BYTES, env });
    return stdout;
  };
  const refuse = (cause: unknown): never => {
    const { code, stderr } = cause as { code?: unknown; stderr?: string };
    if (code === "ENOENT") throw new PrerequisiteError("--diff needs git, which is not installed", { cause });
    const said = (stderr ?? "").trim().split("\n")[0];
    throw new InputError(
      `--diff ${ref}: expected a commit of the repository that holds ${root}${said ? ` (${said})` : ""}`,
      {
        cause,
      },
    );
  };
  try {
    const tree = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{tree}`);
    const list = await git("ls-tree", "-r", "-z", tree.trim());
    const files = new Map<string, string>();
    for (const entry of list.split("\0")) {
      const [, hash, path] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
      if (hash !== undefined) files.set(path!, hash);
    }
    return files;
  } catch (cause) {
    return refuse(cause);
  }
}

/** The name that git gives to a content, in the kind of hash that `like` is. */
export function blobHash(content: string, like: string): string {
  const bytes = Buffer.from(content);
  const kind = like.length === 64 ? "sha256" : "sha1";
  return createHash(kind).update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
