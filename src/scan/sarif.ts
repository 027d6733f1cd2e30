/** SARIF 2.1.0 within the limits of code scanning: one run, so that its category is unique. */
import type { ScanFinding, ScanReport } from "./types.ts";
import { adviceOn, type Advice } from "./advice.ts";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";
const CWE_SITE = "https://cwe.mitre.org/data/definitions";
/** Of a run, in code scanning. The worst are kept and the rest is counted in a notification. */
export const MAX_RESULTS = 25_000;
const MAX_TEXT = 1000;
const MAX_STEPS = 100;

const PRECISION = { LOW: "low", MEDIUM: "medium", HIGH: "high" } as const;
const RANK = { note: 2, warning: 1, error: 0 } as const;
/** A finding keeps at most this much of the score of its weakness. */
const SCORE_OF_SEVERITY = { LOW: 3.9, MEDIUM: 6.9, HIGH: 10 } as const;

export interface SarifOptions {
  readonly version: string;
  /** Tells uploads of one commit apart; default `ironbark`. */
  readonly category?: string;
}

interface Rule {
  readonly id: string;
  readonly cwe: string;
  readonly severity: "LOW" | "MEDIUM" | "HIGH";
  readonly confidence: "LOW" | "MEDIUM" | "HIGH";
  readonly message: string;
}

/** A value that `JSON.stringify` writes. */
export function toSarif(report: ScanReport, options: SarifOptions): object {
  const kept = within(report.findings);
  const rules = rulesOf(kept);
  const indexOf = new Map(rules.map(({ id }, index) => [id, index]));
  const cwes = [...new Set(rules.map(({ cwe }) => cwe).filter((cwe) => cwe !== ""))].toSorted(byNumber);
  const left = report.findings.length - kept.length;
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "Ironbark",
            semanticVersion: options.version,
            rules: rules.map(ruleEntry),
            supportedTaxonomies: [{ name: "CWE", index: 0 }],
          },
        },
        automationDetails: { id: `${options.category ?? "ironbark"}/` },
        columnKind: "utf16CodeUnits",
        taxonomies: [
          {
            name: "CWE",
            organization: "MITRE",
            informationUri: "https://cwe.mitre.org/",
            shortDescription: { text: "Common Weakness Enumeration" },
            taxa: cwes.map((cwe) => ({
              id: number(cwe),
              shortDescription: { text: adviceOn(cwe).title },
              helpUri: `${CWE_SITE}/${number(cwe)}.html`,
            })),
          },
        ],
        invocations: [
          {
            executionSuccessful: report.problems.length === 0,
            ...notifications([
              ...report.problems,
              ...(left > 0
                ? [`${left} findings of lower rank are left out: at most ${MAX_RESULTS} are allowed`]
                : []),
            ]),
          },
        ],
        results: kept.map((finding) => resultEntry(finding, indexOf.get(finding.rule)!, cwes)),
        properties: { files: report.files, model: report.model ?? "none" },
      },
    ],
  };
}

function within(findings: readonly ScanFinding[]): readonly ScanFinding[] {
  if (findings.length <= MAX_RESULTS) return findings;
  const worst = new Set(findings.toSorted((a, b) => RANK[a.level] - RANK[b.level]).slice(0, MAX_RESULTS));
  return findings.filter((finding) => worst.has(finding));
}

/** One entry per rule, with the gravest of what its findings say. */
function rulesOf(findings: readonly ScanFinding[]): Rule[] {
  const rank = { LOW: 0, MEDIUM: 1, HIGH: 2 };
  const rules = new Map<string, Rule>();
  for (const { rule: id, cwe, severity, confidence, message } of findings) {
    const known = rules.get(id);
    if (known === undefined || rank[severity] > rank[known.severity])
      rules.set(id, { id, cwe, severity, confidence, message: known?.message ?? message });
  }
  return [...rules.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function ruleEntry({ id, cwe, severity, confidence, message }: Rule): object {
  const about: Advice = adviceOn(cwe);
  const score = Math.min(about.score, SCORE_OF_SEVERITY[severity]).toFixed(1);
  const help = cwe === "" ? "" : ` See ${CWE_SITE}/${number(cwe)}.html.`;
  return {
    id,
    name: about.title.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) =>
      (next ?? "").toUpperCase(),
    ),
    shortDescription: { text: about.title },
    fullDescription: { text: cut(message) },
    help: {
      text: `${about.harm} ${about.fix}${help}`,
      markdown: `**${about.title}**\n\n${about.harm}\n\n${about.fix}${help}`,
    },
    ...(cwe === "" ? {} : { helpUri: `${CWE_SITE}/${number(cwe)}.html` }),
    properties: {
      tags: ["security", ...(cwe === "" ? [] : [`external/cwe/cwe-${number(cwe).padStart(3, "0")}`])],
      precision: PRECISION[confidence],
      "security-severity": score,
    },
    ...(cwe === ""
      ? {}
      : {
          relationships: [
            { target: { id: number(cwe), toolComponent: { name: "CWE", index: 0 } }, kinds: ["superset"] },
          ],
        }),
  };
}

function resultEntry(finding: ScanFinding, ruleIndex: number, cwes: readonly string[]): object {
  const { cwe, suppression, verification, trace = [] } = finding;
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: finding.level,
    message: { text: cut(finding.explanation) },
    locations: [location(finding.file, finding.line, finding.snippet)],
    partialFingerprints: { primaryLocationLineHash: finding.fingerprint },
    ...(cwe === ""
      ? {}
      : { taxa: [{ id: number(cwe), index: cwes.indexOf(cwe), toolComponent: { name: "CWE", index: 0 } }] }),
    ...(trace.length === 0
      ? {}
      : {
          codeFlows: [
            {
              threadFlows: [
                {
                  locations: trace.slice(0, MAX_STEPS).map(({ file, line, says }) => ({
                    location: { ...location(file, line), message: { text: cut(says) } },
                  })),
                },
              ],
            },
          ],
        }),
    ...(suppression === undefined
      ? {}
      : {
          suppressions: [
            {
              kind: suppression.kind === "in-source" ? "inSource" : "external",
              ...(suppression.reason === "" ? {} : { justification: cut(suppression.reason) }),
            },
          ],
        }),
    ...fixes(finding),
    properties: {
      analyzers: [...finding.analyzers],
      origin: finding.origin,
      confidence: finding.confidence,
      ...(verification === undefined
        ? {}
        : {
            verified: verification.finding === "exploit",
            verification: {
              finding: verification.finding,
              patch: verification.patch ?? "none",
              says: verification.says,
            },
          }),
    },
  };
}

const location = (file: string, line: number, snippet = ""): object => ({
  physicalLocation: {
    // Only what RFC 3986 allows: a name may hold blanks, percent signs and worse.
    artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" },
    region: { startLine: line, ...(snippet === "" ? {} : { snippet: { text: snippet } }) },
  },
});

/** The hunks of the proposed diff as replacements of whole lines. */
function fixes({ patch }: ScanFinding): object {
  if (patch === undefined) return {};
  const changes = hunksOf(patch.diff);
  if (changes.length === 0) return {};
  return {
    fixes: [
      {
        description: { text: `Proposed by ${patch.by}; read it before you apply it.` },
        artifactChanges: changes.map(({ file, hunks }) => ({
          artifactLocation: {
            uri: file.split("/").map(encodeURIComponent).join("/"),
            uriBaseId: "%SRCROOT%",
          },
          replacements: hunks.map(({ start, count, text }) => ({
            deletedRegion: { startLine: start, startColumn: 1, endLine: start + count, endColumn: 1 },
            insertedContent: { text },
          })),
        })),
      },
    ],
  };
}

interface FileHunks {
  readonly file: string;
  readonly hunks: { readonly start: number; readonly count: number; readonly text: string }[];
}

function hunksOf(diff: string): FileHunks[] {
  const out: FileHunks[] = [];
  const lines = diff.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith("+++ b/")) out.push({ file: line.slice(6), hunks: [] });
    const [, start, count = "1"] = /^@@ -(\d+)(?:,(\d+))? /.exec(line) ?? [];
    if (start === undefined) continue;
    const text: string[] = [];
    while (at + 1 < lines.length && /^[-+ ]/.test(lines[at + 1]!) && !lines[at + 1]!.startsWith("--- a/")) {
      at++;
      if (!lines[at]!.startsWith("-")) text.push(`${lines[at]!.slice(1)}\n`);
    }
    out.at(-1)?.hunks.push({ start: Number(start), count: Number(count), text: text.join("") });
  }
  return out.filter(({ hunks }) => hunks.length > 0);
}

const notifications = (texts: readonly string[]): object =>
  texts.length === 0
    ? {}
    : { toolExecutionNotifications: texts.map((text) => ({ level: "error", message: { text: cut(text) } })) };

const number = (cwe: string): string => cwe.slice("CWE-".length);
const byNumber = (a: string, b: string): number => Number(number(a)) - Number(number(b));
/** No text may be empty or without end. */
const cut = (text: string): string => {
  const plain = text.trim() || "(nothing said)";
  return plain.length <= MAX_TEXT ? plain : `${plain.slice(0, MAX_TEXT - 1)}…`;
};
