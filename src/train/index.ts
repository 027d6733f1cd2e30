/** Training: loops, advantages, data, and the seam to whatever computes gradients. */
export * from "./advantages.ts";
export * from "./backend.ts";
export * from "./dpo.ts";
export * from "./grpo.ts";
export * from "./guard.ts";
export { LocalBackend } from "./local/backend.ts";
export type { EngineConfig } from "./local/engine.ts";
export type { OptimizerConfig } from "./local/optimizer.ts";
export * from "./policy-data.ts";
export * from "./ppo/index.ts";
export * from "./schedule.ts";
export * from "./sft.ts";
