/** `ironbark runs show`. */
import { command } from "../command.ts";
import { cell, table } from "../render.ts";

export default command({
  name: "runs show",
  description: "Show one run: what it was told, how far it is, what came out",
  examples: ["runs show runs/quickstart", "runs show runs/quickstart --json"],
  args: {
    run: { type: "positional", required: true, description: "Folder of the run" },
  },
  run: async (args) => {
    const { flatten, openRun } = await import("../../runs/index.ts");
    const run = openRun(args.run);
    const lastMetrics = [...run.metrics()].at(-1) ?? null;
    const { info, status, summary, checkpoints } = run;
    const { diff: _diff, ...git } = info.git ?? { diff: "" };
    const results = summary === null ? lastMetrics : summary.metrics;
    const facts = [
      ["command", info.command],
      ["status", status],
      ["seed", cell(info.seed)],
      ["device", info.device],
      ["started", info.started],
      [
        "revision",
        "revision" in git ? `${git.revision}${info.git?.diff ? " with uncommitted changes" : ""}` : "-",
      ],
      ["checkpoints", checkpoints.map((checkpoint) => checkpoint.step).join(", ") || "-"],
    ];
    const rows = results === null ? [] : [...flatten(results)].map(([key, value]) => [key, cell(value)]);
    return {
      data: { name: run.name, dir: run.dir, status, info, checkpoints, last_metrics: lastMetrics, summary },
      text: [table(facts), ...(rows.length > 0 ? ["", table(rows)] : [])].join("\n"),
    };
  },
});
