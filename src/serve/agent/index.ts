/** Ironbark as an A2A agent. */
export { openCardKey, type CardKey } from "./card-key.ts";
export { createExecutor, type Work } from "./executor.ts";
export { readKeys, type Keys } from "./keys.ts";
export { createAgentServer, type AgentServer, type AgentServerOptions } from "./server.ts";
export { simpleRoutes } from "./simple.ts";
export { SKILLS } from "./skill-list.ts";
export { callSkills, skillWork } from "./skill-work.ts";
