/** A report for people: Markdown that shows what a program said and never lets it become markup. */
import type { ScanFinding, ScanReport } from "./types.ts";
import { adviceOn } from "./advice.ts";

/** Findings with the gravest first, what was left out, and what was verified. */
export function toMarkdown(report: ScanReport): string {
  const open = report.findings.filter(({ suppression }) => suppression === undefined);
  const hidden = report.findings.length - open.length;
  const count = (level: string): number => open.filter((one) => one.level === level).length;
  return [
    `# Scan of ${code(report.root)}`,
    "",
    `${report.files} files read by ${report.analyzers.join(", ")}${report.model === null ? "" : ` and the model ${report.model}`}: ` +
      `${count("error")} errors, ${count("warning")} warnings, ${count("note")} notes; ${hidden} suppressed; ` +
      `${report.skipped.length} files and folders left out${reasons(report)}.`,
    ...report.problems.map((problem) => `\n> **Problem**: ${plain(problem)}`),
    ...["error", "warning", "note"].flatMap((level) => {
      const some = open.filter((one) => one.level === level);
      return some.length === 0 ? [] : ["", `## ${level}s`, ...some.map(section)];
    }),
    "",
  ].join("\n");
}

export function reasons({ skipped }: Pick<ScanReport, "skipped">): string {
  const counts = new Map<string, number>();
  for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  if (counts.size === 0) return "";
  const parts = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return ` (${parts.map(([reason, n]) => `${n} ${reason}`).join(", ")})`;
}

function section(finding: ScanFinding): string {
  const { cwe, verification, patch } = finding;
  const title = cwe === "" ? finding.rule : `${adviceOn(cwe).title} (${cwe}, ${finding.rule})`;
  const who = finding.origin === "model" ? "seen by the model alone" : finding.analyzers.join(", ");
  return [
    "",
    `### ${code(`${finding.file}:${finding.line}`)} ${plain(title)}`,
    "",
    fenced(finding.snippet),
    "",
    plain(finding.explanation),
    "",
    `Confidence ${finding.confidence.toLowerCase()}; ${plain(who)}; ${verification === undefined ? "not verified" : plain(verification.says)}`,
    ...(patch === undefined ? [] : ["", `Proposed by ${plain(patch.by)}:`, "", fenced(patch.diff, "diff")]),
  ].join("\n");
}

/** Longer than any fence inside. */
function fenced(text: string, language = ""): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n$/, "")}\n${fence}`;
}

const plain = (text: string): string =>
  text.replace(/[\\`*_[\]<>#|!~&]/g, (sign) => `\\${sign}`).replace(/[\r\n]+/g, " ");
const code = (text: string): string => `\`${text.replace(/[`\r\n]/g, "'")}\``;
