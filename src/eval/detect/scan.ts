/** Static analyzers as detectors: a function is vulnerable when the tool reports anything at all in it. */
import type { Analyzer, Finding } from "../../analyzers/index.ts";
import { InfraError, SILENT, type EventSink } from "../../core/index.ts";
import { suffixOf } from "../../data/detection/index.ts";
import type { Said } from "./evaluate.ts";

export interface Scanned {
  readonly id: string;
  readonly code: string;
  readonly language: string;
}

/** A tool's answer, with what it found. */
export interface ToolAnswer extends Said {
  readonly verdict: boolean;
  readonly findings: readonly string[];
}

/** Languages that the tools read; others are no rows for them. */
export const TOOL_LANGUAGES: Readonly<Record<string, readonly string[]>> = {
  bandit: ["python"],
  semgrep: [
    "c",
    "cpp",
    "csharp",
    "go",
    "java",
    "javascript",
    "kotlin",
    "php",
    "python",
    "ruby",
    "rust",
    "swift",
    "typescript",
  ],
  codeql: ["javascript", "python", "typescript"],
};

/** Files of one start of the tool. */
const BATCH = 50;

/**
 * In the order of the rows; a row on which the tool fails for good is missing. The originals count such a row as "not
 * vulnerable"; here it is no answer.
 */
export async function scanAll(
  analyzer: Analyzer,
  rows: readonly Scanned[],
  { emit = SILENT, signal }: { readonly emit?: EventSink; readonly signal?: AbortSignal },
): Promise<ToolAnswer[]> {
  const stage = analyzer.name;
  const started = performance.now();
  emit({ kind: "stage-start", stage, total: rows.length });
  const out: ToolAnswer[] = [];
  for (let at = 0; at < rows.length; at += BATCH) {
    signal?.throwIfAborted();
    const batch = rows.slice(at, at + BATCH);
    out.push(...(await scanBatch(analyzer, batch, emit)));
    emit({ kind: "stage-step", stage, done: at + batch.length, total: rows.length });
  }
  emit({ kind: "stage-end", stage, seconds: (performance.now() - started) / 1000 });
  return out;
}

/** One file that breaks the tool must not take the others of its batch along: halves are tried again. */
async function scanBatch(
  analyzer: Analyzer,
  batch: readonly Scanned[],
  emit: EventSink,
): Promise<ToolAnswer[]> {
  const nameOf = (index: number): string => `row${index}.${suffixOf(batch[index]!.language)}`;
  try {
    const found = await analyzer.scan(
      Object.fromEntries(batch.map(({ code }, index) => [nameOf(index), code])),
    );
    return batch.map(({ id }, index) => {
      const findings = found.filter(({ file }) => file === nameOf(index)).map(brief);
      return { id, verdict: findings.length > 0, findings };
    });
  } catch (error) {
    if (!(error instanceof InfraError)) throw error;
    if (batch.length === 1) {
      emit({ kind: "note", text: `${batch[0]!.id}: ${error.message}` });
      return [];
    }
    const middle = batch.length >> 1;
    const first = await scanBatch(analyzer, batch.slice(0, middle), emit);
    return [...first, ...(await scanBatch(analyzer, batch.slice(middle), emit))];
  }
}

const brief = ({ rule, cwe, line }: Finding): string => `${rule}:${line}${cwe === "" ? "" : ` ${cwe}`}`;
