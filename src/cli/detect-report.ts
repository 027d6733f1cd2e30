/** An evaluation of vulnerability detection, as text for people. */
import type { PublishedDetection } from "../benchmarks/detection.ts";
import type { DetectEvaluation, GroupSummary } from "../eval/detect/index.ts";
import { table } from "./render.ts";

export type ReportedDetection = DetectEvaluation & {
  readonly name: string;
  /** Rows that this contender is not asked about, by reason. */
  readonly left_out: Readonly<Record<string, number>>;
};

const TITLES: Readonly<Record<string, string>> = {
  accuracy: "Accuracy",
  precision: "Precision",
  recall: "Recall",
  f1: "F1",
  f03: "F0.3",
  specificity: "Specificity",
  balanced_accuracy: "Balanced accuracy",
  mcc: "MCC",
  vd_s: "VD-S (lower is better)",
  p_c: "P-C, both right",
  p_v: "P-V, both called vulnerable",
  p_b: "P-B, both called benign",
  p_r: "P-R, both wrong",
};
const GROUPS_SHOWN = 20;

const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? "-" : `${(share * 100).toFixed(1)} %`;

export function describeDetection(
  models: readonly ReportedDetection[],
  published: readonly PublishedDetection[],
): string {
  const names = Object.keys(TITLES).filter((name) => models.some(({ metrics }) => name in metrics));
  const rows = names.map((name) => [
    TITLES[name]!,
    ...models.map(({ metrics, intervals }) => {
      const bounds = intervals[name];
      const range = bounds === undefined ? "" : ` (${percent(bounds[0])} to ${percent(bounds[1])})`;
      return name in metrics ? `${percent(metrics[name])}${range}` : "-";
    }),
  ]);
  return [
    table([["", ...models.map(({ name }) => name)], ...rows]),
    countsText(models),
    ...models.map(confusionText),
    ...models.flatMap((model) => [
      groupText(`${model.name}: language`, model.by_language),
      groupText(`${model.name}: weakness`, model.by_cwe),
    ]),
    ...(published.length === 0 ? [] : [publishedText(published)]),
  ].join("\n\n");
}

function countsText(models: readonly ReportedDetection[]): string {
  const lines: [string, (model: ReportedDetection) => number][] = [
    ["rows with an answer", ({ n }) => n],
    ["without an answer", ({ infra }) => infra],
    ["unclear", ({ unclear }) => unclear],
    ["both verdicts in one answer", ({ both_verdicts: count }) => count],
    ["prompt too long", ({ too_long: count }) => count],
    ["answers cut off", ({ cut }) => cut],
    ["pairs", ({ pairs }) => pairs?.n ?? 0],
    ["pairs with an unclear answer", ({ pairs }) => pairs?.unclear ?? 0],
    ["pairs without two answers", ({ pairs }) => pairs?.broken ?? 0],
  ];
  const reasons = [...new Set(models.flatMap(({ left_out: left }) => Object.keys(left)))];
  return table([
    ["counts", ...models.map(({ name }) => name)],
    ...lines.map(([title, of]) => [title, ...models.map((model) => String(of(model)))]),
    ...reasons.map((reason) => [
      `left out: ${reason.replaceAll("_", " ")}`,
      ...models.map(({ left_out: left }) => String(left[reason] ?? 0)),
    ]),
  ]);
}

const confusionText = ({ name, confusion }: ReportedDetection): string =>
  table([
    [`${name}: truth`, "said vulnerable", "said not vulnerable", "unclear"],
    ...Object.entries(confusion).map(([truth, said]) => [
      truth.replace("_", " "),
      String(said.vulnerable),
      String(said.not_vulnerable),
      String(said.unclear),
    ]),
  ]);

function groupText(title: string, groups: Readonly<Record<string, GroupSummary>>): string {
  const all = Object.entries(groups);
  const shown = all
    .slice(0, GROUPS_SHOWN)
    .map(([name, { n, vulnerable, unclear, metrics }]) => [
      name,
      String(n),
      String(vulnerable),
      String(unclear),
      ...(["accuracy", "precision", "recall", "f1", "balanced_accuracy"] as const).map((key) =>
        percent(metrics[key]),
      ),
    ]);
  const rest = all.length - shown.length;
  return [
    table([
      [title, "rows", "vulnerable", "unclear", "accuracy", "precision", "recall", "F1", "balanced accuracy"],
      ...shown,
    ]),
    ...(rest > 0 ? [`and ${rest} more; --json has all`] : []),
  ].join("\n");
}

const publishedText = (published: readonly PublishedDetection[]): string =>
  table([
    ["published", ...["accuracy", "f1", "vd_s", "p_c", "p_v"].map((name) => TITLES[name]!), "on", "read"],
    ...published.map(({ model, metrics, set, evidence, from }) => [
      model,
      ...["accuracy", "f1", "vd_s", "p_c", "p_v"].map((name) => percent(metrics[name])),
      set,
      `${evidence}: ${from}`,
    ]),
  ]);
