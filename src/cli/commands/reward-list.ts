/** `ironbark reward list`: the presets. */
import { command } from "../command.ts";
import { table } from "../render.ts";

const SAYS: Readonly<Record<string, string>> = {
  "partial-credit":
    "0.6 Rfunc + 0.4 Rsec; Rfunc 0 / 0.2 / 0.4 / 0.6 / 0.6 + 0.4 k/T, Rsec 1 - min(V, 1) from findings",
  binary: "the same with Rfunc 1 when every test passes, else 0",
  "executed-security": "partial credit, with Rsec the share of attacks that fail, 0 when no test passes",
  detect: "0.9 for the right verdict, 0.1 for the form <think>...</think><answer>...</answer>",
  align:
    "F + V + L + L V + L V B: a fenced block, the judge's verdict, length and CodeBLEU beside the reference",
};

export default command({
  name: "reward list",
  description: "List the rewards that can be asked for",
  examples: ["reward list", "reward list --json"],
  args: {},
  run: async () => {
    const { PRESETS } = await import("../../serve/reward/items.ts");
    const presets = PRESETS.map((name) => ({ name, formula: SAYS[name]! }));
    return {
      data: presets,
      text: table([["preset", "formula"], ...presets.map(({ name, formula }) => [name, formula])]),
    };
  },
});
