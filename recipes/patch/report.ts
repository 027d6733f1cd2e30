/** What a run of the patch recipes writes for people: rollouts, the summary's numbers, and report.html. */
import { join } from "node:path";
import type { Trace, TurnRecord } from "../../src/core/trace.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import type { Dialect } from "../../src/envs/patch/dialect/index.ts";
import { curvesFromMetrics } from "../../src/runs/curves.ts";
import { openRun, readJsonl, type Run } from "../../src/runs/index.ts";
import { reportRow, writeReport, type ReportTrace } from "../../src/runs/report.ts";
import { mean } from "../../src/util/stats.ts";
import type { Assessment } from "./assess.ts";
import type { Arena } from "./arena.ts";
import { EVAL_SPLITS } from "./scenarios.ts";

/** Every episode's actions and reward components; the full evidence of each rung for the first group of the step. */
export function logRollouts(run: Run, step: number, groups: readonly (readonly Trace[])[]): void {
  groups.forEach((group, g) => {
    for (const trace of group) {
      run.logRollout(step, {
        task: trace.task,
        sample: trace.sample,
        reward: trace.reward.value,
        components: trace.reward.components,
        labels: trace.labels,
        turns: trace.turns.map((turn) => brief(turn, g === 0)),
      });
    }
  });
}

function brief(
  { action, observation, reward, components, evidence }: TurnRecord,
  full: boolean,
): Record<string, unknown> {
  const { result } = observation as { result: string };
  const verdict = evidence as Verdict | undefined;
  return {
    action,
    result,
    reward,
    components,
    ...(verdict === undefined
      ? {}
      : { verdict: full ? verdict : { outcome: verdict.outcome, message: verdict.message } }),
  };
}

/** The metrics of summary.json. */
export function trainingSummary(
  run: Run,
  before: Assessment,
  after: Assessment,
  work: Arena["work"],
  checkpoint: string,
): Record<string, unknown> {
  const rewards = [...readJsonl(join(run.dir, "metrics.jsonl"))]
    .map((record) => record["reward"])
    .filter((r) => typeof r === "number");
  const splits = EVAL_SPLITS.map((split) => [
    split,
    { before: before.splits[split], after: after.splits[split] },
  ]);
  return {
    ...Object.fromEntries(splits),
    handwritten: { before: before.handwritten, after: after.handwritten },
    ...(rewards.length === 0
      ? {}
      : { train: { reward_first20: mean(rewards.slice(0, 20)), reward_last20: mean(rewards.slice(-20)) } }),
    verifications_per_s: work.seconds === 0 ? null : work.verdicts / work.seconds,
    verifications: work.verdicts,
    checkpoint,
  };
}

/** Curves, the table of before and after, and three traces of the trained policy. */
export function writeTrainingReport(run: Run, dialect: Dialect, before: Assessment, after: Assessment): void {
  const kinds = [...EVAL_SPLITS, "handwritten"] as const;
  const of = (assessment: Assessment, kind: (typeof kinds)[number]): Record<string, unknown> =>
    kind === "handwritten" ? assessment.handwritten : assessment.splits[kind];
  writeReport(run, {
    title: `${openRun(run.dir).info.command}, seed ${run.info.seed}`,
    notes: [
      "A patch counts as blocked when every exploit that worked on the unpatched application, and every variant of it, fails on the patched one and the application still does its job.",
      `One episode per application; n is ${after.splits.instances.n} per generated kind and ${after.handwritten.n} hand-written. Brackets are 95 % intervals.`,
    ],
    table: {
      columns: ["before", "after"],
      rows: kinds.flatMap((kind) => [
        reportRow(`${kind}: reward`, "number", "reward", [of(before, kind), of(after, kind)]),
        ...["identified", "blocked", "blocked_first_try", "broken"].map((key) =>
          reportRow(`${kind}: ${key}`, "rate", key, [of(before, kind), of(after, kind)]),
        ),
      ]),
    },
    curves: curvesFromMetrics(readJsonl(join(run.dir, "metrics.jsonl"))),
    traces: after.examples.slice(0, 3).map((trace) => toReportTrace(trace, dialect)),
  });
}

function toReportTrace(trace: Trace, { vocabulary }: Dialect): ReportTrace {
  const textOf = (author: string): string[] =>
    trace.spans.filter((span) => span.author === author).map((span) => vocabulary.tokenizer.decode(span.ids));
  return {
    title: trace.task,
    prompt: textOf("prompt").join(""),
    completions: textOf("policy"),
    turns: trace.turns,
    reward: trace.reward.value,
  };
}
