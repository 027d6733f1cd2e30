/** Where Node.js and the packages that JavaScript applications use lie. */
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { projectRoot } from "../util/root.ts";

export interface NodeInfo {
  /** The interpreter itself, links resolved: the one that runs this program. */
  readonly executable: string;
  /** What parses and serves an application. */
  readonly shim: string;
  /** Folder of installed packages. */
  readonly modules: string;
}

export function nodeInfo(): NodeInfo {
  const express = createRequire(import.meta.url).resolve("express/package.json");
  return {
    executable: realpathSync(process.execPath),
    shim: join(projectRoot(), "node", "serve.cjs"),
    modules: dirname(dirname(express)),
  };
}

/**
 * Few threads and a small heap: several applications run side by side. The baked-in hash seed: a quarter less to start,
 * and collisions harm only the application itself. V8 refuses a code cache that was made under other flags.
 */
export const NODE_FLAGS = ["--max-old-space-size=256", "--v8-pool-size=1", "--no-rehash-snapshot"] as const;

/** How the runner is told. */
export function nodeEnvironment({ executable, shim, modules }: NodeInfo): Record<string, string> {
  return {
    IRONBARK_NODE: executable,
    IRONBARK_NODE_SHIM: shim,
    IRONBARK_MODULES: modules,
    IRONBARK_NODE_FLAGS: NODE_FLAGS.join(" "),
  };
}
