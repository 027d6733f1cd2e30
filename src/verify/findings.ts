/** Which findings a patch adds. */
import type { Evidence } from "../core/index.ts";
import type { Finding } from "../analyzers/index.ts";

/**
 * One failed piece of evidence per rule that reports more often than before. Only MEDIUM and HIGH severity counts:
 * a correct fix may well add an assert.
 */
export function newFindings(before: readonly Finding[], after: readonly Finding[]): Evidence[] {
  const known = countByRule(before);
  const grown = [...countByRule(after)].filter(
    ([rule, found]) => found.length > (known.get(rule)?.length ?? 0),
  );
  if (grown.length === 0) return [{ name: "no new finding", passed: true }];
  return grown.map(([rule, found]) => {
    const last = found.at(-1)!;
    return { name: rule, passed: false, detail: `${last.message} (${last.file}, line ${last.line})` };
  });
}

function countByRule(findings: readonly Finding[]): Map<string, Finding[]> {
  const rules = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.severity === "LOW") continue;
    rules.set(finding.rule, [...(rules.get(finding.rule) ?? []), finding]);
  }
  return rules;
}
