/** Starts the warm runner inside bubblewrap, or bare when the user asked for that; fails closed. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PrerequisiteError } from "../core/index.ts";
import { pythonShim } from "../util/python.ts";
import { nodeEnvironment, nodeInfo, type NodeInfo } from "./node.ts";
import { packageImages } from "./node-images.ts";
import type { PythonInfo } from "./python.ts";

export interface RunnerOptions {
  /** Runs what it is given as plain processes of this machine. */
  readonly unsafe: boolean;
  /** What the interpreter has loaded: the less, the quicker its clones. */
  readonly purpose: "apps" | "programs" | "suites";
  /** Default: the interpreter that has the project's own packages. */
  readonly python?: PythonInfo;
  /** Folders of this machine that are seen inside, to be read: by name below /opt. */
  readonly folders?: Readonly<Record<string, string>>;
}

/** Where the shared folder appears inside. */
export const INNER_FOLDER = "/run/ironbark";
const SITE = "/opt/site";
const SHIMS = "/opt/ironbark";
const INNER_NODE: NodeInfo = {
  executable: "/opt/node/node",
  shim: "/opt/node/serve.cjs",
  modules: "/opt/node/node_modules",
};
/** Where the shim looks for them. */
const INNER_PACKAGES = "/opt/node/packages.cjs";
const INNER_IMAGES = "/opt/node/images";
/** The Node that runs this, for programs in JavaScript. */
export const NODE_INSIDE = INNER_NODE.executable;
/** What the runner needs to build namespaces for its clones (SETFCAP: to map user 0); a clone keeps none of them. */
const CAPABILITIES = [
  "SYS_ADMIN",
  "SETUID",
  "SETGID",
  "SETPCAP",
  "NET_ADMIN",
  "KILL",
  "SYS_PTRACE",
  "SYS_CHROOT",
  "SETFCAP",
];
/**
 * As root, candidates get this otherwise unused host user: the kernel does not apply the limit on processes to
 * the host's root, and files of root stay out of reach.
 */
const CANDIDATE_HOST_ID = 1_879_050_001;

const FIX =
  "install bubblewrap (apt-get install bubblewrap) and allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, " +
  "kernel.apparmor_restrict_unprivileged_userns=0), or accept the risk with the unsafe flag";

/**
 * Spawns the zygote, which speaks JSON lines on stdin and stdout and says {"event":"up"} when it is ready.
 * IRONBARK_BWRAP names another bubblewrap than the one on the path.
 * A refusal shows as an early end with a reason on stderr; `explain` turns that into an error.
 */
export async function launchZygote(
  folder: string,
  python: PythonInfo,
  { unsafe, purpose, folders = {} }: RunnerOptions,
): Promise<ChildProcess> {
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8" };
  const node = nodeInfo();
  if (unsafe) {
    Object.assign(env, nodeEnvironment(node));
    const script = pythonShim("zygote.py");
    const args = ["-I", "-B", script, folder, python.site, "unsafe", purpose];
    return spawn(python.executable, args, { stdio: ["pipe", "pipe", "pipe"], env });
  }
  const args = await bwrapArguments(folder, python, node, { purpose, folders });
  const child = spawn(process.env["IRONBARK_BWRAP"] ?? "bwrap", args, {
    stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"],
    env,
  });
  mapUsers(child);
  return child;
}

export function explain(reason: string): PrerequisiteError {
  return new PrerequisiteError(
    `no isolation available: ${reason.trim().slice(-500) || "bwrap ended"}; ${FIX}`,
  );
}

async function bwrapArguments(
  folder: string,
  python: PythonInfo,
  node: NodeInfo,
  { purpose, folders }: Required<Pick<RunnerOptions, "purpose" | "folders">>,
): Promise<string[]> {
  const etc = join(folder, "etc");
  await mkdir(etc, { recursive: true });
  const files = {
    passwd: "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/app:/bin/bash\n",
    group: "root:x:0:\napp:x:1000:\n",
    hosts: "127.0.0.1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
  };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(etc, name), text)));
  const args = ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--as-pid-1"];
  args.push("--clearenv", "--uid", "0", "--gid", "0", "--info-fd", "3", "--userns-block-fd", "4");
  args.push("--hostname", "app", "--cap-drop", "ALL");
  for (const capability of CAPABILITIES) args.push("--cap-add", `CAP_${capability}`);
  const underUsr = /^\/usr(\/|$)/.test(python.basePrefix);
  // Folders that bubblewrap makes on the way to a mount would be closed to everybody but their owner.
  for (const path of [
    ...(underUsr ? [] : parents(python.basePrefix)),
    "/dev",
    "/etc",
    "/opt",
    dirname(INNER_NODE.executable),
    "/run",
  ]) {
    args.push("--perms", "0755", "--dir", path);
  }
  args.push("--ro-bind", "/usr", "/usr");
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    if (existsSync(`/usr/${name}`)) args.push("--symlink", `usr/${name}`, `/${name}`);
  }
  args.push("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache");
  args.push("--ro-bind-try", "/etc/alternatives", "/etc/alternatives");
  for (const name of Object.keys(files)) args.push("--ro-bind", join(etc, name), `/etc/${name}`);
  for (const name of ["null", "zero", "full", "random", "urandom"]) {
    args.push("--dev-bind", `/dev/${name}`, `/dev/${name}`);
  }
  args.push("--symlink", "/proc/self/fd", "/dev/fd", "--symlink", "/proc/self/fd/0", "/dev/stdin");
  args.push("--symlink", "/proc/self/fd/1", "/dev/stdout", "--symlink", "/proc/self/fd/2", "/dev/stderr");
  args.push("--proc", "/proc", "--dir", "/app", "--dir", "/srv", "--dir", "/tmp");
  if (!underUsr) args.push("--ro-bind", python.basePrefix, python.basePrefix);
  args.push("--ro-bind", python.site, SITE, "--ro-bind", pythonShim(""), SHIMS);
  for (const part of ["executable", "shim", "modules"] as const)
    args.push("--ro-bind", node[part], INNER_NODE[part]);
  args.push("--ro-bind", join(dirname(node.shim), "packages.cjs"), INNER_PACKAGES);
  const images = purpose === "apps" ? await packageImages(node) : undefined;
  if (images !== undefined) args.push("--ro-bind", images, INNER_IMAGES);
  for (const [name, outside] of Object.entries(folders)) args.push("--ro-bind", outside, `/opt/${name}`);
  args.push("--bind", folder, INNER_FOLDER, "--remount-ro", "/");
  const path = [join(python.basePrefix, "bin"), "/usr/local/bin", "/usr/bin", "/bin"].join(":");
  const env = { PATH: path, LANG: "C.UTF-8", ...nodeEnvironment(INNER_NODE) };
  for (const [name, value] of Object.entries(env)) args.push("--setenv", name, value);
  // With the same order of sets in every run a program's verdict repeats.
  args.push("--setenv", "PYTHONHASHSEED", "0");
  const flags = python.safePath ? ["-s", "-P", "-B"] : ["-I", "-B"];
  args.push("--", python.executable, ...flags, `${SHIMS}/zygote.py`, INNER_FOLDER, SITE, "isolated", purpose);
  return args;
}

/** Every folder above an absolute path, outermost first, without the root. */
function parents(path: string): string[] {
  const parent = dirname(path);
  return parent === "/" ? [] : [...parents(parent), parent];
}

/** Writes the user mapping when bubblewrap announces its child: root maps a second, unprivileged user too. */
function mapUsers(child: ChildProcess): void {
  const info = child.stdio[3] as NodeJS.ReadableStream;
  const block = child.stdio[4] as NodeJS.WritableStream;
  for (const stream of child.stdio) stream?.on("error", () => {});
  let text = "";
  info.on("data", (data: Buffer) => (text += data.toString()));
  info.on("end", () => {
    const pid = /"child-pid": (\d+)/.exec(text)?.[1];
    if (pid === undefined) return;
    const root = process.getuid?.() === 0;
    try {
      const second = root ? `1 ${CANDIDATE_HOST_ID} 1\n` : "";
      if (!root) writeFileSync(`/proc/${pid}/setgroups`, "deny");
      writeFileSync(`/proc/${pid}/gid_map`, `0 ${process.getgid!()} 1\n${second}`);
      writeFileSync(`/proc/${pid}/uid_map`, `0 ${process.getuid!()} 1\n${second}`);
      block.end("x");
    } catch {
      child.kill("SIGKILL");
    }
  });
}
