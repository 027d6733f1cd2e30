/** Isolation: runs hostile web applications and commands within limits. */
export { createAppPool, type PoolOptions } from "./pool.ts";
export { printable } from "./printable.ts";
export * from "./types.ts";
