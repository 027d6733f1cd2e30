/**
 * `npx tsx scripts/soak.ts [--episodes 20000] [--seed 0]`: the soak test at full length. Progress on standard error, one
 * JSON value on standard output; exit code 1 for a leak, a 5xx, a wrong answer, or a session that took over a second to
 * free.
 */
import { parseArgs } from "node:util";
import { leaks } from "./soak/leaks.ts";
import { soak } from "./soak/soak.ts";

const { values } = parseArgs({
  options: {
    episodes: { type: "string", default: "20000" },
    seed: { type: "string", default: "0" },
  },
});
const result = await soak({
  episodes: Number(values.episodes),
  seed: Number(values.seed),
  onProgress: (done, total, census) => console.error(`${done}/${total} ${JSON.stringify(census)}`),
});
const wrong = [...leaks(result), ...result.problems];
console.log(JSON.stringify({ ...result, ok: wrong.length === 0, wrong }));
process.exitCode = wrong.length === 0 ? 0 : 1;
