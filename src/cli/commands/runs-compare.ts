/** `ironbark runs compare`. */
import { command } from "../command.ts";
import { cell, table } from "../render.ts";

export default command({
  name: "runs compare",
  description: "Compare two runs: settings that differ, and every number of their summaries",
  examples: ["runs compare runs/quickstart runs/short", "runs compare runs/a runs/b --json"],
  args: {
    first: { type: "positional", required: true, description: "Folder of a run" },
    second: { type: "positional", required: true, description: "Folder of another" },
  },
  run: async (args) => {
    const { compareRuns, openRun } = await import("../../runs/index.ts");
    const comparison = compareRuns([openRun(args.first), openRun(args.second)]);
    const section = (title: string, lines: readonly { key: string; values: readonly unknown[] }[]): string =>
      table([[title, ...comparison.runs], ...lines.map(({ key, values }) => [key, ...values.map(cell)])]);
    const settings = comparison.config.length === 0 ? [] : [section("setting", comparison.config), ""];
    return { data: comparison, text: [...settings, section("metric", comparison.metrics)].join("\n") };
  },
});
