/** Serves work as an A2A agent: protocol 1.0 and 0.3, JSON-RPC and HTTP+JSON, on one port. */
import { createServer, type Server } from "node:http";
import { AGENT_CARD_PATH } from "@a2a-js/sdk";
import { DefaultRequestHandler, type AgentExecutor } from "@a2a-js/sdk/server";
import { agentCardHandler, jsonRpcHandler, restHandler } from "@a2a-js/sdk/server/express";
import express, { type Express, type Router } from "express";
import { listen } from "../listen.ts";
import { guardMiddleware } from "./guard.ts";
import { agentCard, type CardFacts } from "./card.ts";
import type { CardKey } from "./card-key.ts";
import { userOf, type Keys } from "./keys.ts";
import { createPushSender, type PushOptions } from "./push.ts";
import { openFolderStore } from "./task-store.ts";
import { checkWebhook } from "./webhook-guard.ts";

export interface AgentServerOptions {
  readonly card: CardFacts;
  readonly executor: AgentExecutor;
  /** Tasks and webhooks are kept here. */
  readonly folder: string;
  /** Undefined: anybody may ask. */
  readonly keys?: Keys | undefined;
  readonly cardKey?: CardKey | undefined;
  readonly push: PushOptions;
  /** Of a request's body; default 8 MiB. A larger one is answered with 413. */
  readonly maxBytes?: number;
  /** What clients reach the server by, where that is not the address it listens on. */
  readonly publicUrl?: string | undefined;
  /** Other routes, behind the same keys and limits. */
  readonly more?: Router | undefined;
}

export interface AgentServer {
  /** Port 0 takes a free one. Throws InputError when the address cannot be had. */
  listen(port: number, host?: string): Promise<{ readonly port: number; readonly url: string }>;
  close(): Promise<void>;
  /** Tasks that an earlier process left under way. */
  readonly interrupted: number;
}

const MAX_BYTES = 8 * 1024 * 1024;

/** Throws InputError for a folder that holds something else. */
export function createAgentServer(options: AgentServerOptions): AgentServer {
  const store = openFolderStore(options.folder, (url) =>
    // Every delivery checks again, and then a name has to be known.
    checkWebhook(url, { ...options.push, mayBeUnknown: true }),
  );
  const http: Server = createServer();
  return {
    interrupted: store.interrupted,
    async listen(port, host = "127.0.0.1") {
      const address = await listen(http, port, host);
      const url = (options.publicUrl ?? address.url).replace(/\/+$/, "");
      http.on("request", agentApp(options, store, url));
      return address;
    },
    async close() {
      const stopped = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeAllConnections();
      await stopped;
    },
  };
}

function agentApp(
  options: AgentServerOptions,
  store: ReturnType<typeof openFolderStore>,
  url: string,
): Express {
  const { keys, cardKey, executor, push, more, maxBytes = MAX_BYTES } = options;
  const card = agentCard(options.card, url, keys !== undefined);
  const handler = new DefaultRequestHandler(
    card,
    store.tasks,
    executor,
    undefined,
    store.webhooks,
    createPushSender(store.webhooks, push),
    undefined,
    cardKey?.sign(url),
    { validateInputModes: true },
  );
  const userBuilder = async ({ headers }: express.Request) => userOf(keys?.nameOf(headers));
  const legacyCompat = { enabled: true };
  const rpc = { requestHandler: handler, userBuilder, legacyCompat };

  const app = express();
  app.disable("x-powered-by");
  const started = new Date().toUTCString();
  app.use("{/v1}/.well-known", (_request, response, next) => {
    response.set("Last-Modified", started);
    next();
  });
  const cards = agentCardHandler({ agentCardProvider: handler, legacyCompat });
  // Clients of 0.3 look for the card at its own url too.
  app.use([`/${AGENT_CARD_PATH}`, "/.well-known/agent.json", "/"], cards);
  // For clients that validate the card of 1.0 strictly: without the fields of 0.3.
  app.use(`/v1/${AGENT_CARD_PATH}`, agentCardHandler({ agentCardProvider: handler }));
  app.get("/.well-known/jwks.json", (_, response) => {
    response.json(cardKey?.publicKeys ?? { keys: [] });
  });
  app.get("/health", (_, response) => {
    response.json({ status: "healthy" });
  });
  app.use(...guardMiddleware(keys, maxBytes));
  if (more !== undefined) app.use(more);
  app.use("/rest", restHandler(rpc));
  // Last: it answers whatever is posted with something else than JSON.
  app.use("/", jsonRpcHandler(rpc));
  app.use((_request, response) => {
    response.status(404).json({ error: "Not Found" });
  });
  return app;
}
