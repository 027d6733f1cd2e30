/** What the experiment on partial credit says: its table, whether the claim holds, and its page with the curves. */
import { join } from "node:path";
import { pooledDifference, PROGRAM_METRICS, type ProgramMetric } from "../../src/eval/programs.ts";
import { readJsonl, type Run } from "../../src/runs/index.ts";
import { reportRow, writeReport } from "../../src/runs/report.ts";
import { movingAverage, type CurveOptions, type Point } from "../../src/runs/svg.ts";
import { mean } from "../../src/util/stats.ts";
import { ARMS, type Arm, type ArmResult } from "./arms.ts";
import { resultTable, summariseOutcomes, type PolicyResults } from "./results.ts";

export interface ExperimentVerdict {
  readonly table: string;
  readonly metrics: Readonly<Record<string, unknown>>;
  /** Every claim holds. */
  readonly passed: boolean;
}

/** Rsec must vary over the samples of the start, or no reward could teach security. */
const LEAST_SPREAD = 0.1;
const CLAIMED: readonly ProgramMetric[] = ["syntax", "any_test"];

/** `seed` is that of the bootstrap. */
export function judgeExperiment(
  arms: Readonly<Record<Arm, readonly ArmResult[]>>,
  seed: number,
): ExperimentVerdict {
  const pooled = Object.fromEntries(
    ARMS.map((arm): [Arm, PolicyResults] => [
      arm,
      {
        outcomes: arms[arm].map(({ outcomes }) => outcomes),
        infra: arms[arm].reduce((sum, { infra }) => sum + infra, 0),
      },
    ]),
  ) as Record<Arm, PolicyResults>;
  const summaries = Object.fromEntries(ARMS.map((arm) => [arm, summariseOutcomes(pooled[arm], seed)]));
  const bounds = (arm: Arm, metric: ProgramMetric): readonly [number, number] =>
    (summaries[arm]![`${metric}_ci95`] as [number, number] | undefined) ?? [NaN, NaN];
  const ahead = Object.fromEntries(
    CLAIMED.flatMap((metric) =>
      (["ppo-binary", "sft"] as const).map((other) => [
        `${metric} over ${other}`,
        bounds("ppo-fresh", metric)[0] > bounds(other, metric)[1],
      ]),
    ),
  );
  const differences = Object.fromEntries(
    PROGRAM_METRICS.map((metric) => {
      const { outcomes } = pooled["ppo-binary"];
      const { value, low, high } = pooledDifference(pooled["ppo-fresh"].outcomes, outcomes, metric, seed);
      return [metric, { value, ci95: [low, high] }];
    }),
  );
  const spread = mean(arms.sft.map(({ securitySpread }) => securitySpread));
  return {
    table: resultTable(pooled, seed),
    metrics: {
      arms: summaries,
      ahead,
      fresh_minus_binary: differences,
      rsec_standard_deviation_at_start: spread,
    },
    passed: Object.values(ahead).every(Boolean) && spread > LEAST_SPREAD,
  };
}

const CURVES: readonly (readonly [metric: string, title: string])[] = [
  ["syntax", "Practice: can be parsed"],
  ["any_test", "Practice: passes a test"],
  ["all_tests", "Practice: passes all tests"],
  ["clean", "Practice: parses, and no finding"],
  ["reward", "Practice: reward of the arm"],
  ["objective/kl", "KL to the start, per answer"],
];

/** Means over seeds of each arm's practice; PPO-continue begins where PPO-binary's first half ends. */
export function practiceCurves(records: Iterable<Readonly<Record<string, unknown>>>): CurveOptions[] {
  const rows = [...records].filter((row) => ARMS[Number(row["arm"])] !== "sft");
  return CURVES.map(([metric, title]) => ({
    title,
    xLabel: "step",
    include: metric === "objective/kl" ? [0] : [0, 1],
    series: ARMS.filter((arm) => arm !== "sft").flatMap((name) => {
      const mine = rows.filter((row) => ARMS[Number(row["arm"])] === name && typeof row[metric] === "number");
      const steps = [...new Set(mine.map((row) => Number(row["arm_step"])))].toSorted((a, b) => a - b);
      const points = steps.map((step): Point => {
        const values = mine.filter((row) => row["arm_step"] === step).map((row) => Number(row[metric]));
        return [step, mean(values)];
      });
      const window = Math.max(1, Math.ceil(points.length / 10));
      return points.length === 0 ? [] : [{ name, points: movingAverage(points, window) }];
    }),
  }));
}

export function writeExperimentReport(run: Run, { metrics, table }: ExperimentVerdict): void {
  const arms = metrics["arms"] as Readonly<Record<Arm, Readonly<Record<string, unknown>>>>;
  writeReport(run, {
    title: `partial-credit, seed ${run.info.seed}`,
    notes: [
      "Judged on tasks whose texts and solutions no policy was trained on. Brackets are 95 % bootstrap intervals over seeds and tasks. R is partial credit for every policy, whatever it was trained on.",
      "security: of the programs that can be parsed, the share without a finding of MEDIUM or HIGH severity. withstands: of the attacked programs that pass a test, the share on which no attack works.",
    ],
    table: {
      columns: [...ARMS],
      rows: PROGRAM_METRICS.map((metric) =>
        reportRow(
          metric,
          metric === "reward" ? "number" : "rate",
          metric,
          ARMS.map((arm) => arms[arm]),
        ),
      ),
    },
    curves: practiceCurves(readJsonl(join(run.dir, "metrics.jsonl"))),
    texts: [{ title: "As text", text: table }],
    traces: [],
  });
}
