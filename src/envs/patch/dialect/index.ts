/** The language between a policy and the patch environment: pages in, actions out, nothing else sayable. */
export * from "./action.ts";
export * from "./demonstration.ts";
export * from "./dialect.ts";
export * from "./grammar.ts";
export * from "./lexicon.ts";
export * from "./page.ts";
export * from "./reply.ts";
export * from "./vocabulary.ts";
export * from "./policy-episode.ts";
