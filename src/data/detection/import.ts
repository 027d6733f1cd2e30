/** Brings sets of detection data into one shape, without what one shares with another. */
import { basename } from "node:path";
import { InputError, SILENT, type EventSink } from "../../core/index.ts";
import { createPairReader } from "./adjacent.ts";
import { FORMATS, type FormatName } from "./formats.ts";
import { createOverlap, type LeftOut, type SharedCounts } from "./overlap.ts";
import { openSet, type SourceRecord } from "./records.ts";
import { BadRecord, textOrNumber, type DetectionRow } from "./row.ts";

export interface SetInput {
  readonly format: FormatName;
  readonly path: string;
  /** Read first and never written: nothing that stands in it gets into the rows. */
  readonly heldOut: boolean;
}

export interface ImportOptions {
  readonly dedupe: { readonly function: boolean; readonly commit: boolean };
  /** Longer functions are left out. */
  readonly maxChars: number;
  /** Bad records are counted and named, up to a limit, in place of ending the import. */
  readonly keepGoing: boolean;
  readonly emit?: EventSink;
  readonly signal?: AbortSignal;
}

export interface SetReport {
  readonly format: FormatName;
  readonly path: string;
  readonly held_out: boolean;
  readonly records: number;
  readonly bad: number;
  readonly rows: number;
  readonly written: number;
  readonly vulnerable: number;
  readonly pairs: number;
  /** Rows of a paired file whose other half was not beside them; they are written alone. */
  readonly unpaired: number;
  readonly too_long: number;
  /** Rows by reason. */
  readonly left_out: Readonly<Record<LeftOut, number>>;
  readonly languages: Readonly<Record<string, number>>;
  readonly cwe: Readonly<Record<string, number>>;
  /** Written rows that name no weakness. */
  readonly without_cwe: number;
}

export interface ImportReport {
  readonly written: number;
  readonly bad: number;
  readonly sets: readonly SetReport[];
  readonly overlap: readonly SharedCounts[];
  /** The first of them, by place. */
  readonly problems: readonly string[];
}

const PROBLEMS_KEPT = 100;
const STEP = 1000;

/** Held-out sets first, then the others in their order: the earlier keeps what two have in common. */
export async function importDetection(
  inputs: readonly SetInput[],
  write: (row: DetectionRow) => void,
  options: ImportOptions,
): Promise<ImportReport> {
  const ordered = [...inputs.filter((one) => one.heldOut), ...inputs.filter((one) => !one.heldOut)];
  const overlap = createOverlap(
    ordered.map(({ path, format }) => `${format}=${basename(path)}`),
    options.dedupe,
  );
  const problems: string[] = [];
  const ids = new Map<string, number>();
  const sets: SetReport[] = [];
  for (const [index, input] of ordered.entries()) {
    const counts = emptyCounts();
    const take = (group: readonly DetectionRow[]): void => {
      counts.rows += group.length;
      if (group.some(({ code }) => code.length > options.maxChars))
        return void (counts.too_long += group.length);
      const reason = overlap.leftOut(group, index);
      if (reason !== undefined) return void (counts.left_out[reason] += group.length);
      if (input.heldOut) return;
      if (group.length === 2 && group[0]!.pair !== undefined) counts.pairs++;
      for (const row of group) {
        count(counts, row);
        write(withOwnId(row, ids));
      }
    };
    const bad = (place: string, problem: string): void => {
      const text = `${place}: ${problem}`;
      if (!options.keepGoing)
        throw new InputError(text, { hint: "--keep-going leaves such records out and counts them" });
      counts.bad++;
      if (problems.length < PROBLEMS_KEPT) problems.push(text);
    };
    await readSet(input, { take, bad, counts }, options);
    sets.push({ format: input.format, path: input.path, held_out: input.heldOut, ...counts });
  }
  return {
    written: sets.reduce((sum, set) => sum + set.written, 0),
    bad: sets.reduce((sum, set) => sum + set.bad, 0),
    sets,
    overlap: overlap.report(),
    problems,
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends object ? Record<string, number> : T[K] };
type Counts = Mutable<Omit<SetReport, "format" | "path" | "held_out" | "left_out">> & {
  left_out: Record<LeftOut, number>;
};

interface Hands {
  readonly take: (group: readonly DetectionRow[]) => void;
  readonly bad: (place: string, problem: string) => void;
  readonly counts: Counts;
}

async function readSet(
  { format, path }: SetInput,
  { take, bad, counts }: Hands,
  { emit = SILENT, signal }: ImportOptions,
): Promise<void> {
  const source = await openSet(path);
  // PrimeVul's pairs have to be found; those of our own rows say which they are.
  const pairs = format === "primevul-paired" || format === "rows" ? createPairReader() : undefined;
  const adjacent = (group: readonly DetectionRow[]): void => {
    if (group.length === 1 && (format !== "rows" || group[0]!.pair !== undefined)) counts.unpaired++;
    take(group);
  };
  const started = performance.now();
  emit({ kind: "stage-start", stage: path, total: source.total });
  for await (const one of source.read()) {
    signal?.throwIfAborted();
    if (++counts.records % STEP === 0)
      emit({ kind: "stage-step", stage: path, done: source.done(), total: source.total });
    const rows = rowsOf(one, format, counts.records);
    if (typeof rows === "string") bad(one.place, rows);
    else if (pairs === undefined) groupsOf(rows).forEach(take);
    else pairs.add(rows[0]!, pairKey(one, rows[0]!, format)).forEach(adjacent);
  }
  pairs?.end().forEach(adjacent);
  if (counts.records === 0) throw new InputError(`${path}: holds no records`);
  emit({ kind: "stage-end", stage: path, seconds: (performance.now() - started) / 1000 });
}

/** Text: what is wrong with it. */
function rowsOf(one: SourceRecord, format: FormatName, number: number): readonly DetectionRow[] | string {
  if ("problem" in one) return one.problem;
  try {
    return FORMATS[format](one.record, String(number));
  } catch (error) {
    if (error instanceof BadRecord) return error.message;
    throw error;
  }
}

/** Halves of a pair stay together. */
const groupsOf = (rows: readonly DetectionRow[]): (readonly DetectionRow[])[] =>
  rows.length === 2 && rows[0]!.pair !== undefined ? [rows] : rows.map((row) => [row]);

/** What both halves have: the change and, in the original release, a number; in our rows the name of the pair. */
function pairKey(one: SourceRecord, row: DetectionRow, format: FormatName): string {
  // A row that stands alone has a key of its own.
  if (format === "rows") return row.pair ?? `alone ${row.id}`;
  const number = "record" in one ? (textOrNumber(one.record, "big_vul_idx") ?? "") : "";
  return `${row.commit ?? ""} ${number}`;
}

function count(counts: Counts, row: DetectionRow): void {
  counts.written++;
  if (row.is_vulnerable) counts.vulnerable++;
  if (row.cwe.length === 0) counts.without_cwe++;
  const language = row.language || "unknown";
  counts.languages[language] = (counts.languages[language] ?? 0) + 1;
  for (const cwe of row.cwe) counts.cwe[cwe] = (counts.cwe[cwe] ?? 0) + 1;
}

/** Two sets may number their records alike; what is evaluated is found again by its id. */
function withOwnId(row: DetectionRow, ids: Map<string, number>): DetectionRow {
  const used = ids.get(row.id) ?? 0;
  ids.set(row.id, used + 1);
  return used === 0 ? row : { ...row, id: `${row.id}~${used + 1}` };
}

const emptyCounts = (): Counts => ({
  records: 0,
  bad: 0,
  rows: 0,
  written: 0,
  vulnerable: 0,
  pairs: 0,
  unpaired: 0,
  too_long: 0,
  left_out: { unchanged: 0, contradiction: 0, duplicate: 0, function_elsewhere: 0, commit_elsewhere: 0 },
  languages: {},
  cwe: {},
  without_cwe: 0,
});
