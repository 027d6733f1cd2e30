/** Makes one list of what several analyzers report: what is the same is said once, each under a stable name. */
import type { Finding, Level } from "../analyzers/index.ts";
import { sha256 } from "../util/hash.ts";
import { suppressionOf } from "./suppressions.ts";
import { levelOf, type ScanFinding } from "./types.ts";
import { adviceOn } from "./advice.ts";
import { familyOf } from "./weaknesses.ts";

const RANK: Readonly<Record<Level, number>> = { LOW: 0, MEDIUM: 1, HIGH: 2 };
const higher = (a: Level, b: Level): Level => (RANK[a] >= RANK[b] ? a : b);

/** What an analyzer said, and which one. */
export interface Reported {
  readonly analyzer: string;
  readonly finding: Finding;
}

/**
 * Rules that see an expression and guess what flows into it. Where the flow was followed and nothing was found, what
 * they say is a hint.
 */
const GUESSES = new Set([
  "B301",
  "B310",
  "B701",
  "B302",
  "B308",
  "B602",
  "B605",
  "B608",
  "B703",
  "B704",
  "JS102",
  "JS103",
  "JS108",
  "JS111",
]);
/** Its findings carry a flow, so that it has looked at what the others guess. */
export const FLOW_ANALYZER = "flows";

interface Merged {
  readonly main: Reported;
  readonly others: Reported[];
}

/** Findings of one unit, sorted; `files` are the texts that were analysed. */
export function mergeFindings(
  reported: readonly Reported[],
  files: Readonly<Record<string, string>>,
): ScanFinding[] {
  const merged: Merged[] = [];
  // Flows first: they take in what points at one of their steps.
  for (const one of reported.toSorted(order)) {
    const same = merged.find(({ main }) => isSame(main.finding, one.finding));
    if (same === undefined) merged.push({ main: one, others: [] });
    else same.others.push(one);
  }
  const lines = new Map(Object.entries(files).map(([path, text]) => [path, text.split("\n")]));
  const seen = new Map<string, number>();
  return merged
    .toSorted((a, b) => place(a.main.finding, b.main.finding))
    .map((one) => finish(one, lines.get(one.main.finding.file) ?? [], seen));
}

function order(a: Reported, b: Reported): number {
  const flow = Number(b.finding.trace !== undefined) - Number(a.finding.trace !== undefined);
  if (flow !== 0) return flow;
  const severity = RANK[b.finding.severity] - RANK[a.finding.severity];
  return place(a.finding, b.finding) || severity || (a.analyzer < b.analyzer ? -1 : 1);
}

export function place(
  a: Pick<Finding, "file" | "line" | "rule">,
  b: Pick<Finding, "file" | "line" | "rule">,
): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || (a.rule === b.rule ? 0 : a.rule < b.rule ? -1 : 1);
}

function isSame(one: Finding, other: Finding): boolean {
  if (one.cwe === "" || other.cwe === "") return place(one, other) === 0;
  if (familyOf(one.cwe) !== familyOf(other.cwe)) return false;
  if (one.file === other.file && one.line === other.line) return true;
  // Two flows are two findings, even when they share a step.
  if (other.trace !== undefined) return false;
  return (one.trace ?? []).some(({ file, line }) => file === other.file && line === other.line);
}

function finish({ main, others }: Merged, lines: readonly string[], seen: Map<string, number>): ScanFinding {
  const all = [main, ...others];
  const { finding } = main;
  const guess = main.analyzer !== FLOW_ANALYZER && all.every((one) => GUESSES.has(one.finding.rule));
  const severity = all.map((one) => one.finding.severity).reduce(higher);
  const confidence = guess ? "LOW" : all.map((one) => one.finding.confidence).reduce(higher);
  const rules = [...new Set(all.map((one) => one.finding.rule))];
  const suppression = suppressionOf({ line: finding.line, cwe: finding.cwe, rules }, lines);
  const snippet = (lines[finding.line - 1] ?? "").trim().slice(0, 200);
  return {
    ...finding,
    severity,
    confidence,
    level: levelOf(severity, confidence),
    fingerprint: fingerprintOf(finding, snippet, seen),
    analyzers: [...new Set(all.map((one) => one.analyzer))].toSorted(),
    alsoRules: rules.slice(1).toSorted(),
    origin: "analyzer",
    snippet,
    explanation: explain(finding),
    ...(suppression === undefined ? {} : { suppression }),
  };
}

/** Weakness, file and line as they read, and which of several such: the shape that code scanning compares. */
export function fingerprintOf(
  finding: Pick<Finding, "cwe" | "rule" | "file">,
  snippet: string,
  seen: Map<string, number>,
): string {
  const what = [familyOf(finding.cwe) || finding.rule, finding.file, snippet.replace(/\s+/g, "")];
  const hash = sha256(JSON.stringify(what)).slice(0, 16);
  const count = (seen.get(hash) ?? 0) + 1;
  seen.set(hash, count);
  return `${hash}:${count}`;
}

function explain(finding: Finding): string {
  const { harm, fix } = adviceOn(finding.cwe);
  const steps = finding.trace ?? [];
  const way = steps.map(({ file, line, says }) => `${file}:${line} ${says}`).join("; then ");
  return [
    finding.message,
    ...(finding.cwe === "" ? [] : [harm, fix]),
    ...(way === "" ? [] : [`The way: ${way}.`]),
  ].join(" ");
}
