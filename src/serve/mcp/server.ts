/** MCP over HTTP at /mcp: the current revision and the one before it, without sessions. */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { Hono } from "hono";
import { listen } from "../listen.ts";
import type { Keys } from "../agent/keys.ts";
import { sameOrigin } from "../origin.ts";
import { createMcpServer, type McpOptions } from "./tools.ts";

export interface McpHttpServer {
  listen(port: number, host?: string): Promise<{ readonly port: number; readonly url: string }>;
  close(): Promise<void>;
}

const MAX_BYTES = 8 * 1024 * 1024;

export function createMcpHttpServer(
  options: McpOptions & { readonly keys?: Keys | undefined },
): McpHttpServer {
  const { keys } = options;
  const handler = createMcpHandler(() => createMcpServer(options), { maxRequestBodySize: MAX_BYTES });
  const app = new Hono();
  app.get("/health", (c) => c.json({ status: "healthy" }));
  app.all("/mcp", async (c) => {
    if (!sameOrigin(c.req.header("origin"), c.req.header("host")))
      return c.json({ error: "a page of another site must not use this server" }, 403);
    if (keys !== undefined && keys.nameOf(c.req.header()) === undefined)
      return c.json({ error: "expected a key" }, 401, { "WWW-Authenticate": "Bearer" });
    return handler.fetch(c.req.raw);
  });
  app.notFound((c) => c.json({ error: "Not Found" }, 404));
  const http = createAdaptorServer({ fetch: app.fetch }) as Server;
  return {
    listen: (port, host = "127.0.0.1") => listen(http, port, host),
    async close() {
      await handler.close();
      const stopped = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeAllConnections();
      await stopped;
    },
  };
}
