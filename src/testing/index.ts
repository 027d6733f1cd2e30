/** Doubles for tests, also for those of people who build on Ironbark. */
export * from "./app-pool.ts";
export * from "./echo-environment.ts";
export * from "./echo-options.ts";
export * from "./frame-client.ts";
export * from "./scenario.ts";
export * from "./verifier.ts";
