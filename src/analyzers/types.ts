/** What every analyzer reports, and what an analyzer is. */
import type { Files } from "../core/index.ts";

export type Level = "LOW" | "MEDIUM" | "HIGH";

export interface Finding {
  /** `CWE-89`, or empty when the analyzer names none. */
  readonly cwe: string;
  readonly rule: string;
  readonly severity: Level;
  readonly confidence: Level;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly message: string;
  /** Of a flow: the places that the text passed through, from where it came in to `file` and `line`. */
  readonly trace?: readonly TraceStep[];
}

export interface TraceStep {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly says: string;
}

export interface Analyzer {
  readonly name: string;
  /** Path -> source; files of other languages are skipped. Throws InfraError when the analyzer fails. */
  scan(files: Files): Promise<readonly Finding[]>;
  /** Of several that work as one: each of them. */
  readonly parts?: readonly Analyzer[];
  close(): Promise<void>;
}
