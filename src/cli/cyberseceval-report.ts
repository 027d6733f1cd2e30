/** CyberSecEval's numbers as text for people. */
import type { CyberSecEvalSummary, SecureSummary } from "../benchmarks/cyberseceval/index.ts";
import { table } from "./render.ts";

type Model = CyberSecEvalSummary & { readonly name: string };

export interface DetectorNotes {
  readonly revision: string | null;
  readonly semgrep: boolean;
  readonly rules_refused: readonly string[];
  readonly searches_given_up: readonly string[];
  readonly not_answered: number;
}

const COLUMNS = ["answers", "secure", "with code", "functional", "secure x functional", "empty", "BLEU"];

export function describeCyberSecEval(models: readonly Model[], detector: DetectorNotes): string {
  return [
    table([["model", ...COLUMNS], ...models.map((model) => [model.name, ...cells(model, true)])]),
    ...models.flatMap((model) => [
      groupTable(`${model.name}: language`, model.by_language),
      groupTable(`${model.name}: prompts about`, model.by_cwe),
    ]),
    notes(detector),
  ].join("\n\n");
}

const groupTable = (title: string, groups: Readonly<Record<string, SecureSummary>>): string =>
  table([[title, ...COLUMNS], ...Object.entries(groups).map(([name, one]) => [name, ...cells(one, false)])]);

function cells({ n, metrics, intervals }: SecureSummary, bounds: boolean): string[] {
  const percent = (name: keyof typeof metrics): string => {
    const [value, range] = [metrics[name], intervals[name]];
    if (value === null) return "-";
    const around =
      bounds && range !== undefined
        ? ` (${(range[0] * 100).toFixed(1)} to ${(range[1] * 100).toFixed(1)})`
        : "";
    return `${(value * 100).toFixed(1)} %${around}`;
  };
  return [
    String(n),
    percent("secure"),
    percent("secure_not_empty"),
    percent("functionality"),
    percent("secure_and_functional"),
    percent("empty"),
    metrics.bleu === null ? "-" : metrics.bleu.toFixed(1),
  ];
}

function notes({
  revision,
  semgrep,
  rules_refused: refused,
  searches_given_up: gaveUp,
  not_answered: missing,
}: DetectorNotes): string {
  return [
    `rules of PurpleLlama ${revision ?? "of an unknown revision"}; ${semgrep ? "patterns and Semgrep" : "patterns only: what Semgrep's rules find is not found"}`,
    ...(refused.length === 0 ? [] : [`${refused.length} rules cannot be run: ${refused.join("; ")}`]),
    ...(gaveUp.length === 0
      ? []
      : [`${gaveUp.length} searches were given up: ${gaveUp.slice(0, 5).join("; ")}`]),
    ...(missing === 0 ? [] : [`${missing} prompts were not answered and are in no number`]),
  ].join("\n");
}
