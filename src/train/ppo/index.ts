/** PPO: from scores to losses, and the loop. */
export * from "./answers.ts";
export * from "./kl-control.ts";
export * from "./losses.ts";
export * from "./returns.ts";
export * from "./train.ts";
