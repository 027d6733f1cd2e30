/** Contracts and wire schemas: importing this loads neither the engine nor a sandbox. */
export * from "./classification.ts";
export * from "./cwe.ts";
export * from "./environment.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./http.ts";
export * from "./patch.ts";
export * from "./program.ts";
export * from "./reward.ts";
export * from "./sampler.ts";
export * from "./sampling.ts";
export * from "./scenario.ts";
export * from "./script.ts";
export * from "./stack.ts";
export * from "./trace.ts";
export * from "./verdict.ts";
