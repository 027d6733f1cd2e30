/** `ironbark env list`. */
import { command } from "../command.ts";
import { table } from "../render.ts";

export default command({
  name: "env list",
  description: "List the environments, the hand-written scenarios and the families that make more",
  examples: ["env list", "env list --json"],
  args: {},
  run: async () => {
    const { FAMILIES } = await import("../../data/webapps/index.ts");
    const { handWritten } = await import("../scenarios.ts");
    const scenarios = (await handWritten()).map(({ id, title, stack, weaknesses }) => {
      return { id, title, stack, cwe: [...new Set(weaknesses.map((weakness) => weakness.cwe))] };
    });
    const families = FAMILIES.map(({ id, type, split }) => ({ id, type, split }));
    const environments = [
      {
        id: "patch",
        title: "Find the weakness of a running web application and fix it",
        scenarios: scenarios.length,
        families: families.length,
      },
    ];
    const text = [
      table([
        ["environment", "scenarios", "families", ""],
        ...environments.map((one) => [one.id, String(one.scenarios), String(one.families), one.title]),
      ]),
      table([
        ["scenario", "weaknesses", ""],
        ...scenarios.map(({ id, cwe, title }) => [id, cwe.join(" "), title]),
      ]),
      table([["family", "type", "split"], ...families.map(({ id, type, split }) => [id, type, split])]),
    ].join("\n\n");
    return { data: { environments, scenarios, families }, text };
  },
});
