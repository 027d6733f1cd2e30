/** Draws docs/img/reward.svg from a run of the quickstart: `npx tsx scripts/picture.ts runs/quickstart`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJsonl } from "../src/runs/index.ts";
import { movingAverage, svgCurve, type Point } from "../src/runs/svg.ts";

const run = process.argv[2] ?? "runs/quickstart";
const records = [...readJsonl(join(run, "metrics.jsonl"))];
const series = (key: string, name: string) => {
  const points = records.map((record): Point => [record.step, Number(record[key])]);
  return [
    { name, points, faint: true },
    { name, points: movingAverage(points, 10) },
  ];
};
const svg = svgCurve({
  title: "GRPO on executed rewards: mean reward of a step (at most 1.5) and share of patches proven",
  xLabel: "step",
  series: [...series("reward", "reward"), ...series("blocked", "blocked")],
  include: [0, 1.5],
  width: 760,
});
mkdirSync("docs/img", { recursive: true });
writeFileSync("docs/img/reward.svg", svg);
