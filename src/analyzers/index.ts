/** Static analyzers behind one interface. */
export { createBanditAnalyzer, type BanditOptions } from "./bandit.ts";
export * from "./types.ts";
