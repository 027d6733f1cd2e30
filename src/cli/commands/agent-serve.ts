/** `ironbark agent serve`: the skills over A2A, until Ctrl-C. */
import { once } from "node:events";
import { openSkillTools, SKILL_ARGS } from "../agent.ts";
import { AGENT_ARGS, agentSettings } from "../agent-flags.ts";
import { command } from "../command.ts";

export default command({
  name: "agent serve",
  description:
    "Serve analysis, patches, classification and triage to other agents (A2A 1.0 and 0.3) until Ctrl-C",
  examples: [
    "agent serve",
    "agent serve --port 9000 --keys keys.txt --sign-key card.pem --card-url https://agent.example.org",
    "agent serve --endpoint http://127.0.0.1:8000/v1 --endpoint-model coder",
  ],
  args: { ...AGENT_ARGS, ...SKILL_ARGS },
  run: async (args, { emit, print, signal }) => {
    const settings = await agentSettings(args);
    const { version } = await import("../version.ts");
    const { createAgentServer, callSkills, createExecutor, simpleRoutes, skillWork, SKILLS } =
      await import("../../serve/agent/index.ts");
    const { WEAKNESS_TYPES } = await import("../../core/cwe.ts");
    const tools = await openSkillTools(args);
    const call = callSkills(tools);
    const facts = {
      name: "Ironbark",
      description: "Finds, explains and fixes weaknesses in software, and proves a fix by running it.",
      version,
    };
    const model = [tools.analyzer.name, tools.sampler?.name].filter(Boolean).join(" and ");
    const server = createAgentServer({
      ...settings.options,
      card: { ...facts, skills: SKILLS },
      executor: createExecutor(skillWork(call)),
      more: simpleRoutes(call, { ...facts, model, weaknesses: WEAKNESS_TYPES }),
    });
    try {
      const { url } = await server.listen(settings.port, args.host);
      if (tools.unsafe)
        emit({ kind: "note", text: "WITHOUT ISOLATION: applications run as plain processes" });
      if (server.interrupted > 0)
        emit({
          kind: "note",
          text: `${server.interrupted} tasks were under way when the server stopped; they have failed`,
        });
      print(
        {
          url,
          card: `${url}/.well-known/agent-card.json`,
          secured: settings.options.keys !== undefined,
          model,
        },
        `serving an A2A agent (${model}) on ${url}; Ctrl-C ends it`,
      );
      if (!signal.aborted) await once(signal, "abort");
    } finally {
      await server.close();
      await tools.close();
    }
  },
});
