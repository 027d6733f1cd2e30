/** What a scan is told, what it finds, and what it left out and why. */
import type { Finding, Level } from "../analyzers/index.ts";
import type { Evidence, Patch } from "../core/index.ts";

/** As in SARIF: what fails a build by default, what deserves a look, what is only said. */
export const REPORT_LEVELS = ["note", "warning", "error"] as const;
export type ReportLevel = (typeof REPORT_LEVELS)[number];

/** Why a file was not read, or read and not analysed. */
export type SkipReason =
  | "binary"
  | "changed-while-read"
  | "dependency"
  | "excluded"
  | "ignored"
  | "large"
  | "link"
  | "minified"
  | "name"
  | "not-a-file"
  | "other-language"
  | "too-deep"
  | "unreadable";

export interface Skip {
  /** Relative to the scanned folder; a folder ends in a slash. */
  readonly path: string;
  readonly reason: SkipReason;
}

/** A file as it was at the one moment at which it was read: everything else is said about this text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Suppression {
  readonly kind: "in-source" | "baseline";
  /** Empty where a comment gives none. */
  readonly reason: string;
}

export interface ProposedPatch {
  /** Applies with `git apply` from the scanned folder. */
  readonly diff: string;
  /** Whose proposal it is. */
  readonly by: string;
  /** Whether the analyzers report the weakness in this file all the same. */
  readonly stillReported: boolean;
  /** The same as a patch of the scanned files. */
  readonly edits: Patch;
}

/** What running something said about a finding and the patch proposed for it. */
export interface Verification {
  /** `exploit`: an attack worked on the tree as it is. `unverified`: nothing was run, or it said nothing. */
  readonly finding: "exploit" | "unverified";
  /** Of the proposed patch; null without one, or when nothing could be run. */
  readonly patch: "blocked" | "exploitable" | "broken" | "tests-pass" | "tests-fail" | null;
  readonly says: string;
  readonly evidence: readonly Evidence[];
}

export interface ScanFinding extends Finding {
  /** Stable while the line and its neighbourhood stay; says nothing of line numbers. */
  readonly fingerprint: string;
  /** All that reported it. */
  readonly analyzers: readonly string[];
  /** Other rules that say the same of the same place. */
  readonly alsoRules: readonly string[];
  /** `model`: no analyzer saw it. Such a finding is never above confidence LOW. */
  readonly origin: "analyzer" | "model";
  readonly level: ReportLevel;
  /** The line itself, trimmed and at most 200 characters. */
  readonly snippet: string;
  readonly explanation: string;
  readonly suppression?: Suppression;
  readonly patch?: ProposedPatch;
  readonly verification?: Verification;
}

export interface ScanReport {
  /** As typed. */
  readonly root: string;
  /** Sorted by file, line and rule; suppressed ones are among them. */
  readonly findings: readonly ScanFinding[];
  readonly files: number;
  readonly bytes: number;
  readonly skipped: readonly Skip[];
  readonly analyzers: readonly string[];
  /** Model that was asked; null without one. */
  readonly model: string | null;
  /** Sentences on what was asked for and could not be done. */
  readonly problems: readonly string[];
}

export const levelOf = (severity: Level, confidence: Level): ReportLevel => {
  if (confidence === "LOW" || severity === "LOW") return "note";
  return severity === "HIGH" ? "error" : "warning";
};
