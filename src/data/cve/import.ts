/** Imports vulnerability records one at a time, whatever their number: reads, labels, counts, and hands rows on. */
import { InputError } from "../../core/errors.ts";
import { SILENT, type EventSink } from "../../core/events.ts";
import { ANY_LABEL, parseRecord, type Labelling } from "./record.ts";
import { isEnglish, type CveRow } from "./row.ts";
import { openRecords } from "./sources.ts";

export interface ImportOptions {
  /** Name, count and skip records that cannot be read, instead of stopping at the first. */
  readonly keepGoing?: boolean;
  /** Hand on rejected and reserved records too. */
  readonly allStates?: boolean;
  readonly labelling?: Labelling;
  readonly emit?: EventSink;
  readonly signal?: AbortSignal;
}

export interface ImportReport {
  /** Records read, of whatever state. */
  records: number;
  /** Rows handed on. */
  rows: number;
  rejected: number;
  reserved: number;
  /** Of the rows: without a weakness that may be a label, without any text, with text in other languages only. */
  without_cwe: number;
  without_description: number;
  other_language: number;
  /** Rows per source of the label. */
  labels: Record<string, number>;
  /** Records that could not be read. */
  bad: number;
  /** The first of them, as one line each. */
  problems: string[];
}

const PROBLEMS_KEPT = 100;
/** Between looks at the clock and at Ctrl-C. */
const STEP = 256;

/**
 * Reads every record below `path` and gives each row to `write`. Throws InputError naming file and line for the first
 * that cannot be read, unless `keepGoing`; and when there is no record at all.
 */
export async function importRecords(
  path: string,
  write: (row: CveRow) => void,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const { keepGoing = false, allStates = false, labelling = ANY_LABEL, emit = SILENT, signal } = options;
  const source = await openRecords(path);
  const report: ImportReport = {
    records: 0,
    rows: 0,
    rejected: 0,
    reserved: 0,
    without_cwe: 0,
    without_description: 0,
    other_language: 0,
    labels: {},
    bad: 0,
    problems: [],
  };
  const stage = `import (${source.unit})`;
  emit({ kind: "stage-start", stage, total: source.total });
  const started = performance.now();
  let seen = 0;
  for await (const piece of source.read()) {
    if (seen++ % STEP === 0) {
      signal?.throwIfAborted();
      const note = `${report.records} records`;
      emit({ kind: "stage-step", stage, done: source.done(), total: source.total, note });
    }
    const row = readPiece(piece, labelling, path);
    if (typeof row !== "string") {
      if (count(row, report, allStates)) write(row);
    } else {
      if (!keepGoing) throw new InputError(row, { hint: "--keep-going skips such records" });
      report.bad++;
      if (report.problems.length < PROBLEMS_KEPT) report.problems.push(row);
      emit({ kind: "note", text: `skipped ${row}` });
    }
  }
  emit({
    kind: "stage-end",
    stage,
    seconds: (performance.now() - started) / 1000,
    note: `${report.records} records`,
  });
  if (report.records === 0)
    throw new InputError(`${path}: holds no vulnerability record that can be read`, {
      hint: "expected CVE JSON 5.x, NVD 2.0, OSV 1.x or GitHub advisories",
    });
  return report;
}

/** The row, or one line that says where and why there is none. */
function readPiece(
  piece: { file: string; line: number | null } & ({ text: string } | { problem: string }),
  labelling: Labelling,
  input: string,
): CveRow | string {
  const where = `${input.endsWith(piece.file) ? input : `${input}/${piece.file}`}${piece.line === null ? "" : `:${piece.line}`}`;
  if ("problem" in piece) return `${where}: ${piece.problem}`;
  try {
    return parseRecord(piece.text, { file: piece.file, line: piece.line }, labelling);
  } catch (error) {
    if (error instanceof InputError) return `${where}: ${error.message}`;
    throw error;
  }
}

/** Whether the row is handed on. */
function count(row: CveRow, report: ImportReport, allStates: boolean): boolean {
  report.records++;
  if (row.state === "REJECTED") report.rejected++;
  if (row.state === "RESERVED") report.reserved++;
  if (row.state !== "PUBLISHED" && !allStates) return false;
  report.rows++;
  if (row.description === "") report.without_description++;
  else if (!isEnglish(row.lang!)) report.other_language++;
  if (row.cwe_source === null) report.without_cwe++;
  else report.labels[row.cwe_source] = (report.labels[row.cwe_source] ?? 0) + 1;
  return true;
}
