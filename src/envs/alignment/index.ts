/** Alignment of models that write code: a reward model that judges it, and a policy that is paid by its verdicts. */
export * from "./detection-episode.ts";
export * from "./episode.ts";
export * from "./judge.ts";
export * from "./language.ts";
export * from "./reasoning.ts";
export * from "./view.ts";
