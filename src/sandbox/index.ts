/** Isolation: runs hostile web applications and commands within limits. */
export { createAppPool, type PoolOptions } from "./pool.ts";
export { packageRoot, pythonCommand } from "./python.ts";
export * from "./types.ts";
