/** Bandit's own command line, for comparisons with it. */
import { execFile } from "node:child_process";
import type { Finding } from "../analyzers/index.ts";
import { pythonCommand } from "../util/python.ts";

interface Issue {
  readonly filename: string;
  readonly line_number: number;
  readonly test_id: string;
  readonly issue_severity: Finding["severity"];
  readonly issue_confidence: Finding["confidence"];
  readonly issue_text: string;
  readonly issue_cwe: { readonly id?: number };
}

// Its entry point, with the list of files from standard input: it is longer than a command line may be.
const CODE = `import json, sys
sys.argv = ["bandit", "-q", "-f", "json", *sys.stdin.read().splitlines()]
from bandit.cli.main import main
main()
`;

/** Findings of the files and folders `paths`, and how many files it could not read. Paths are relative to `folder`. */
export async function banditCommand(
  folder: string,
  paths: readonly string[],
): Promise<{ readonly findings: Finding[]; readonly errors: number }> {
  const stdout = await new Promise<string>((resolve) => {
    const options = { cwd: folder, maxBuffer: 2 ** 28 };
    // Findings end it with status 1.
    const child = execFile(pythonCommand(), ["-c", CODE], options, (_, text) => resolve(text));
    child.stdin!.end(paths.join("\n"));
  });
  const { results, errors } = JSON.parse(stdout) as { results: Issue[]; errors: unknown[] };
  const findings = results.map((issue) => ({
    rule: issue.test_id,
    cwe: issue.issue_cwe.id === undefined ? "" : `CWE-${issue.issue_cwe.id}`,
    severity: issue.issue_severity,
    confidence: issue.issue_confidence,
    file: issue.filename.replace(/^\.\//, ""),
    line: issue.line_number,
    message: issue.issue_text,
  }));
  return { findings, errors: errors.length };
}

/** In an order of their own: files are read in different orders. */
export const inOrder = (findings: readonly Finding[]): Finding[] => {
  const place = ({ file, line, rule, message }: Finding): string => `${file}:${line}:${rule}:${message}`;
  return findings.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
};
