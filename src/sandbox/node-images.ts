/** Images of the frameworks that applications load (node/packages.cjs): made once, kept below .cache. */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { contentHash } from "../util/hash.ts";
import { projectRoot } from "../util/root.ts";
import { NODE_FLAGS, type NodeInfo } from "./node.ts";

const FRAMEWORKS = ["express", "fastify"] as const;

const run = promisify(execFile);

/**
 * Folder with an image of each framework and `entries.json`, which names the file that each begins with. Made anew, in
 * about a second, when packages, Node.js or what makes images has changed. Undefined where the project may not be
 * written to: then applications load their frameworks as ever.
 */
export async function packageImages(node: NodeInfo): Promise<string | undefined> {
  const scripts = ["image.cjs", "packages.cjs"].map((name) => join(dirname(node.shim), name));
  // What npm writes about everything that it has installed.
  const installed = join(node.modules, ".package-lock.json");
  const [maker, ...texts] = await Promise.all(
    [...scripts, installed].map((file) => readFile(file, "utf8").catch(() => "")),
  );
  const key = contentHash([process.version, process.arch, NODE_FLAGS, node.modules, maker, texts]);
  const folder = join(projectRoot(), ".cache", "node-images", key.slice(0, 16));
  if (existsSync(folder)) return folder;
  const beside = await makeBeside(folder);
  if (beside === undefined) return undefined;
  try {
    const make = (what: string, name: string): Promise<{ stdout: string }> =>
      run(node.executable, [...NODE_FLAGS, scripts[0]!, what, node.modules, name, beside]);
    const entries = await Promise.all(
      FRAMEWORKS.map(async (name): Promise<[string, string]> => {
        const { stdout } = await make("text", name);
        await make("cache", name);
        return [name, stdout];
      }),
    );
    await writeFile(join(beside, "entries.json"), JSON.stringify(Object.fromEntries(entries)));
    // Applications that run as another user read it too.
    await chmod(beside, 0o755);
    // Another process may have been quicker: then its folder, which holds the same, stays.
    await rename(beside, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    return folder;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function makeBeside(folder: string): Promise<string | undefined> {
  try {
    await mkdir(dirname(folder), { recursive: true });
    return await mkdtemp(`${folder}.`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EROFS" || code === "EPERM") return undefined;
    throw error;
  }
}
