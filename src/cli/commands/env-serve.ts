/** `ironbark env serve`: an environment over HTTP and WebSocket, until Ctrl-C. */
import { once } from "node:events";
import { InputError } from "../../core/errors.ts";
import { command } from "../command.ts";
import { wholeNumber } from "../flags.ts";

/** What the task API calls each choice of scenarios. */
const SPLIT_TYPES = {
  "hand-written": "test",
  train: "train",
  compositional: "validation",
  novel: "test",
  sites: "train",
  "sites-held-out": "test",
} as const;

/** What the families of a choice are marked as, where that is not its own name. */
const SITE_SPLITS: Readonly<Record<string, string>> = { sites: "train", "sites-held-out": "held-out" };

export default command({
  name: "env serve",
  description: "Serve an environment over HTTP and WebSocket (OpenEnv) until Ctrl-C",
  examples: [
    "env serve patch",
    "env serve patch --port 9000 --scenarios train --seeds-per-family 100",
    "env serve patch --folder ./my-scenario --json",
  ],
  args: {
    environment: { type: "positional", required: false, default: "patch", description: "Its id" },
    port: { type: "string", default: "8000", description: "0 takes a free one", valueHint: "N" },
    host: {
      type: "string",
      default: "127.0.0.1",
      description: "Address to listen on; the server asks nobody who they are",
      valueHint: "ADDRESS",
    },
    scenarios: {
      type: "enum",
      options: ["hand-written", "train", "compositional", "novel", "sites", "sites-held-out"],
      default: "hand-written",
      description: "Which scenarios episodes are about",
    },
    folder: { type: "string", description: "One scenario of your own instead", valueHint: "DIR" },
    "seeds-per-family": {
      type: "string",
      default: "100",
      description: "Scenarios made from each family",
      valueHint: "N",
    },
    production: { type: "boolean", description: "Offer no reset, step and state over HTTP" },
    "session-timeout": {
      type: "string",
      description: "Seconds without a call after which a session is ended; never unless given",
      valueHint: "SECONDS",
    },
    "max-sessions": { type: "string", default: "256", description: "Episodes at once", valueHint: "N" },
    "show-evidence": {
      type: "boolean",
      description: "The state tells what hidden checks saw: to play by hand at /web, not to train",
    },
    unsafe: { type: "boolean", description: "Run the applications without isolation" },
  },
  run: async (args, { emit, print, signal }) => {
    if (args.environment !== "patch")
      throw new InputError(`no environment ${JSON.stringify(args.environment)}`, {
        hint: "environments: patch",
      });
    const port = wholeNumber("port", args.port);
    const sessions = wholeNumber("max-sessions", args["max-sessions"], 1);
    const seeds = wholeNumber("seeds-per-family", args["seeds-per-family"], 1);
    const timeout = args["session-timeout"];
    const idle = timeout === undefined ? undefined : wholeNumber("session-timeout", timeout, 1) * 1000;

    const { FAMILIES } = await import("../../data/webapps/index.ts");
    const { SITE_FAMILIES } = await import("../../data/sites/index.ts");
    const { generatedSource, scenarioList } = await import("../../envs/patch/index.ts");
    const { createEnvServer, patchServerOptions } = await import("../../serve/index.ts");
    const { openVerifier } = await import("../../verify/index.ts");
    const { handWritten, namedScenarios } = await import("../scenarios.ts");
    const chosen = SITE_SPLITS[args.scenarios];
    const families = [
      ...FAMILIES.filter(({ split }) => split === args.scenarios),
      ...SITE_FAMILIES.filter(({ split }) => split === chosen),
    ].map(({ id }) => id);
    const source =
      args.folder !== undefined
        ? scenarioList(await namedScenarios(args.folder, seeds))
        : args.scenarios === "hand-written"
          ? scenarioList(await handWritten())
          : generatedSource({ families, size: families.length * seeds });

    const verifier = openVerifier({ sessions, unsafe: args.unsafe === true });
    const { pool } = verifier;
    const showEvidence = args["show-evidence"] === true;
    const settings = {
      maxConcurrentEnvs: sessions,
      mode: args.production === true ? "production" : "simulation",
      split: { name: args.scenarios, type: SPLIT_TYPES[args.scenarios] },
      ...(idle === undefined ? {} : { sessionTimeoutMs: idle }),
    } as const;
    const server = createEnvServer(patchServerOptions({ source, verifier, pool, showEvidence }, settings));
    try {
      const { url } = await server.listen(port, args.host);
      if (verifier.unsafe)
        emit({ kind: "note", text: "WITHOUT ISOLATION: applications run as plain processes" });
      print(
        { url, environment: args.environment, scenarios: source.size, unsafe: verifier.unsafe },
        `serving ${args.environment} (${source.size} scenarios) on ${url} (by hand: ${url}/web); Ctrl-C ends it`,
      );
      if (!signal.aborted) await once(signal, "abort");
    } finally {
      await server.close();
      await verifier.close();
    }
  },
});
