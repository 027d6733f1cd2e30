/** Comments that say: this finding is known. `ironbark-ignore[RULE or CWE]: reason`, and Bandit's `# nosec`. */
import type { Finding } from "../analyzers/index.ts";
import type { Suppression } from "./types.ts";

/** Behind a comment sign, so that a text in the program silences nothing. */
const OWN =
  /(?:#|\/\/|\/\*|<!--|\{#)\s*ironbark-ignore\[([^\]\n]+)\](?::[ \t]*([^\n]*?))?\s*(?:\*\/|-->|#\})?\s*$/;
const NOSEC = /#\s*nosec\b:?[ \t]*((?:B\d{3}[ ,]*)*)/;
const ALONE = /^\s*(?:#|\/\/|\/\*|<!--|\{#)/;

/**
 * The suppression of a finding by a comment on its line, or alone on the line above. `ironbark-ignore` must name the
 * rule or the weakness; `# nosec` counts for Bandit's findings only, as its documentation has it.
 */
export function suppressionOf(
  finding: Pick<Finding, "line" | "cwe"> & { readonly rules: readonly string[] },
  lines: readonly string[],
): Suppression | undefined {
  const own = lines[finding.line - 1] ?? "";
  const above = lines[finding.line - 2] ?? "";
  for (const line of ALONE.test(above) ? [own, above] : [own]) {
    const [, names, reason = ""] = OWN.exec(line) ?? [];
    const named = (names ?? "").split(",").map((name) => name.trim().toUpperCase());
    if (named.some((name) => [finding.cwe, ...finding.rules].some((one) => one.toUpperCase() === name)))
      return { kind: "in-source", reason };
  }
  const nosec = NOSEC.exec(own);
  const bandit = finding.rules.filter((rule) => /^B\d{3}$/.test(rule));
  // A finding that another analyzer shares is not Bandit's alone to silence.
  if (nosec === null || bandit.length < finding.rules.length) return undefined;
  const tests = nosec[1]!.match(/B\d{3}/g);
  const covered = tests === null || bandit.every((rule) => tests.includes(rule));
  return covered ? { kind: "in-source", reason: "nosec" } : undefined;
}
