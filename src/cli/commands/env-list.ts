/** `ironbark env list`. */
import { command } from "../command.ts";
import { table } from "../render.ts";

export default command({
  name: "env list",
  description:
    "List the environments, the hand-written scenarios and the families that make more; with --cves also published vulnerabilities",
  examples: ["env list", "env list --cves", "env list --json"],
  args: {
    cves: {
      type: "boolean",
      description: "The published vulnerabilities too (after scripts/setup.sh --cves)",
    },
  },
  run: async (args) => {
    const { ALL_FAMILIES, generateFrom } = await import("../../data/families.ts");
    const { handWritten, published } = await import("../scenarios.ts");
    const { currentDifficulty, readDifficulty } = await import("../../data/difficulty.ts");
    const measured = await readDifficulty();
    const listed = [...(await handWritten()), ...(args.cves === true ? await published() : [])];
    const scenarios = listed.map((scenario) => {
      const { id, title, stack, weaknesses } = scenario;
      const difficulty = currentDifficulty(measured[id], scenario);
      return { id, title, stack, difficulty, cwe: [...new Set(weaknesses.map((weakness) => weakness.cwe))] };
    });
    const families = ALL_FAMILIES.map(({ id, type, split }) => {
      return { id, type, split, difficulty: currentDifficulty(measured[id], generateFrom(id, 0)) };
    });
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
        ["scenario", "difficulty", "stack", "weaknesses", ""],
        ...scenarios.map(({ id, difficulty, stack, cwe, title }) => [
          id,
          difficulty ?? "-",
          stack,
          cwe.join(" "),
          title,
        ]),
      ]),
      table([
        ["family", "difficulty", "type", "split"],
        ...families.map(({ id, difficulty, type, split }) => [id, difficulty ?? "-", type, split]),
      ]),
      "difficulty: what agents without a model reach (ironbark env baselines); - where that has not been measured",
    ].join("\n\n");
    return { data: { environments, scenarios, families }, text };
  },
});
