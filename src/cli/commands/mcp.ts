/** `ironbark mcp`: the skills as tools for editors and coding agents, over standard input and output or HTTP. */
import { once } from "node:events";
import { InputError } from "../../core/errors.ts";
import { openSkillTools, SKILL_ARGS } from "../agent.ts";
import { command } from "../command.ts";
import { wholeNumber } from "../flags.ts";

export default command({
  name: "mcp",
  description: "Offer scan, explain, patches, classification and triage as MCP tools until the client leaves",
  examples: ["mcp", "mcp --root ./project", "mcp --http --port 9010 --keys keys.txt"],
  args: {
    root: {
      type: "string",
      description: "Folder that scan may read (default: the current one; over HTTP none)",
      valueHint: "DIR",
    },
    http: { type: "boolean", description: "Listen on HTTP at /mcp instead of standard input" },
    port: { type: "string", default: "9010", description: "With --http; 0 takes a free one", valueHint: "N" },
    host: {
      type: "string",
      default: "127.0.0.1",
      description: "With --http: address to listen on",
      valueHint: "ADDRESS",
    },
    keys: {
      type: "string",
      description: "With --http: file with lines NAME KEY; only who has a key may ask",
      valueHint: "FILE",
    },
    ...SKILL_ARGS,
  },
  run: async (args, { emit, print, signal }) => {
    const port = wholeNumber("port", args.port);
    if (args.http !== true && args.keys !== undefined)
      throw new InputError("--keys: expected --http beside it");
    const { existsSync } = await import("node:fs");
    const root = args.root ?? (args.http === true ? undefined : process.cwd());
    if (root !== undefined && !existsSync(root)) throw new InputError(`--root ${root}: no such folder`);
    const { version } = await import("../version.ts");
    const { createMcpHttpServer, createMcpServer } = await import("../../serve/mcp/index.ts");
    const tools = await openSkillTools(args);
    const options = { tools, version, root };
    try {
      if (args.http === true) {
        const { readKeys } = await import("../../serve/agent/keys.ts");
        const { readNamed } = await import("../files.ts");
        const file = args.keys;
        const keys =
          file === undefined ? undefined : readKeys(readNamed(file, `--keys ${file}`).toString("utf8"), file);
        const server = createMcpHttpServer({ ...options, keys });
        try {
          const { url } = await server.listen(port, args.host);
          print({ url: `${url}/mcp`, root: root ?? null }, `serving MCP on ${url}/mcp; Ctrl-C ends it`);
          if (!signal.aborted) await once(signal, "abort");
        } finally {
          await server.close();
        }
        return;
      }
      // Standard output belongs to the protocol from here on: nothing else is printed.
      emit({ kind: "note", text: "speaking MCP on standard input and output" });
      const { serveStdio } = await import("@modelcontextprotocol/server/stdio");
      const handle = serveStdio(() => createMcpServer(options));
      await Promise.race([
        once(process.stdin, "end"),
        once(process.stdin, "close"),
        ...(signal.aborted ? [] : [once(signal, "abort")]),
      ]);
      await handle.close();
    } finally {
      await tools.close();
    }
  },
});
