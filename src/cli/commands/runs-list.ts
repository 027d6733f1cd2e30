/** `ironbark runs list`. */
import { command } from "../command.ts";
import { duration } from "../progress.ts";
import { table } from "../render.ts";

export default command({
  name: "runs list",
  description: "List the runs in a folder, oldest first",
  examples: ["runs list", "runs list --dir experiments --json"],
  args: {
    dir: { type: "string", default: "runs", description: "Folder that holds the runs", valueHint: "DIR" },
  },
  run: async ({ dir }) => {
    const { listRuns } = await import("../../runs/index.ts");
    const runs = listRuns(dir);
    const rows = runs.map((run) => [
      run.name,
      run.status,
      run.info.command,
      run.info.started.slice(0, 19).replace("T", " "),
      run.summary === null ? "-" : duration(run.summary.seconds),
    ]);
    return {
      data: runs.map(({ name, dir: path, status, info, summary }) => {
        return {
          name,
          dir: path,
          status,
          command: info.command,
          started: info.started,
          seed: info.seed,
          summary,
        };
      }),
      text:
        runs.length === 0
          ? `no runs in ${dir}`
          : table([["run", "status", "command", "started", "took"], ...rows]),
    };
  },
});
