/** `ironbark reward serve`: rewards over HTTP, until Ctrl-C. */
import { once } from "node:events";
import { command } from "../command.ts";
import { wholeNumber } from "../flags.ts";
import { GRADING_ARGS, JUDGE_ARGS, openScorer } from "../scoring.ts";

export default command({
  name: "reward serve",
  description: "Serve rewards over HTTP (/v1/score, /get_reward, /run_code, /health, /metrics) until Ctrl-C",
  examples: [
    "reward serve",
    "reward serve --port 5000 --host 0.0.0.0 --workers 8",
    "reward serve --judge judge.json",
  ],
  args: {
    port: { type: "string", default: "5000", description: "0 takes a free one", valueHint: "N" },
    host: {
      type: "string",
      default: "127.0.0.1",
      description: "Address to listen on; the server asks nobody who they are",
      valueHint: "ADDRESS",
    },
    ...GRADING_ARGS,
    ...JUDGE_ARGS,
    "max-pending": { type: "string", default: "4096", description: "Items at once; more are answered 429" },
  },
  run: async (args, { print, signal }) => {
    const port = wholeNumber("port", args.port);
    const maxPending = wholeNumber("max-pending", args["max-pending"], 1);
    const { createRewardServer } = await import("../../serve/index.ts");
    const open = await openScorer(args);
    const server = createRewardServer({ ...open, maxPending });
    try {
      const { url } = await server.listen(port, args.host);
      print({ url, workers: open.pool.workers }, `serving rewards on ${url}; Ctrl-C ends it`);
      if (!signal.aborted) await once(signal, "abort");
    } finally {
      await server.close();
      await open.close();
    }
  },
});
