/** Isolation: runs hostile web applications, commands and programs within limits. */
export { createAppPool, type PoolOptions } from "./pool.ts";
export { printable } from "./printable.ts";
export { createProgramPool, type ProgramPoolOptions } from "./program-pool.ts";
export * from "./program-types.ts";
export { pythonWith, type PythonInfo } from "./python.ts";
export { createSuitePool, type SuitePoolOptions } from "./suite-pool.ts";
export * from "./suite-types.ts";
export * from "./types.ts";
