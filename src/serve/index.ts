/** Servers: what runs elsewhere in Ironbark, reachable over the network. */
export { createEnvServer, type EnvServer, type EnvServerOptions } from "./env-server.ts";
export { patchServerOptions } from "./patch-server.ts";
