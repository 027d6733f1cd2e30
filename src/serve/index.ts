/** Servers: what runs elsewhere in Ironbark, reachable over the network. */
export { createClassifierServer, type ClassifierServer } from "./classifier-server.ts";
export { openModelServer, type ModelServer, type ModelServerOptions } from "./model/server.ts";
export { createEnvServer, type EnvServer, type EnvServerOptions } from "./env-server.ts";
export { patchServerOptions } from "./patch-server.ts";
export { parseItem, type ScoreItem, type ScoreResult } from "./reward/items.ts";
export { createRewardServer, type RewardServer } from "./reward/server.ts";
export { createScorer, type Scorer, type ScorerOptions } from "./reward/scorer.ts";
