/** Knows the answers: names a weakness and applies the reference patch. What it does not win cannot be won. */
import type { BaselineAgent, Play } from "./agent.ts";

export const oracleAgent: BaselineAgent = {
  id: "oracle",
  about: "names a weakness and applies the reference patch",
  random: false,
  *play({ scenario }): Play {
    const [{ type, locations }] = scenario.weaknesses as [(typeof scenario.weaknesses)[number]];
    yield { action: "identify_vuln", type, ...locations[0]! };
    yield { action: "patch", patch: scenario.reference };
  },
};
