/** `ironbark agent green`: assesses other agents in the patch environment, over A2A, until Ctrl-C. */
import { once } from "node:events";
import { AGENT_ARGS, agentSettings } from "../agent-flags.ts";
import { command } from "../command.ts";

export default command({
  name: "agent green",
  description: "Serve an agent that assesses other agents in the patch environment (AgentBeats) until Ctrl-C",
  examples: ["agent green", "agent green --host 0.0.0.0 --port 9009 --card-url http://green:9009"],
  args: {
    ...AGENT_ARGS,
    tasks: { ...AGENT_ARGS.tasks, default: ".ironbark/green" },
    unsafe: { type: "boolean", description: "Run the applications without isolation" },
  },
  run: async (args, { emit, print, signal }) => {
    const settings = await agentSettings(args);
    const { version } = await import("../version.ts");
    const { createAgentServer, createExecutor } = await import("../../serve/agent/index.ts");
    const { GREEN_SKILLS, greenWork } = await import("../../serve/green/index.ts");
    const { openVerifier } = await import("../../verify/index.ts");
    const { greenScenarios } = await import("../green-scenarios.ts");
    const verifier = openVerifier({ unsafe: args.unsafe === true });
    const server = createAgentServer({
      ...settings.options,
      card: {
        name: "Ironbark green agent",
        description:
          "Assesses agents that find and fix weaknesses: what counts is what happened when the patch ran.",
        version,
        skills: GREEN_SKILLS,
      },
      executor: createExecutor(
        greenWork({ verifier, pool: verifier.pool, version, scenarios: greenScenarios }),
        { parallel: 2 },
      ),
    });
    try {
      const { url } = await server.listen(settings.port, args.host);
      if (verifier.unsafe)
        emit({ kind: "note", text: "WITHOUT ISOLATION: applications run as plain processes" });
      print(
        { url, card: `${url}/.well-known/agent-card.json`, secured: settings.options.keys !== undefined },
        `serving a green agent on ${url}; Ctrl-C ends it`,
      );
      if (!signal.aborted) await once(signal, "abort");
    } finally {
      await server.close();
      await verifier.close();
    }
  },
});
