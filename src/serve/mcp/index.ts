/** Ironbark as an MCP server. */
export { createMcpHttpServer, type McpHttpServer } from "./server.ts";
export { createMcpServer, type McpOptions } from "./tools.ts";
