/** Plain text for people: tables, and one line per error. */
import { IronbarkError } from "../core/errors.ts";

/** Columns padded to their widest cell; numbers should come formatted. The first row is the header. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** At most four significant digits; anything that is not a number as JSON. */
export function cell(value: unknown): string {
  if (value === undefined) return "-";
  if (typeof value === "number")
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** One line for errors raised on purpose; anything else is a defect and keeps its stack. */
export function renderError(error: unknown): string {
  if (error instanceof IronbarkError)
    return `error: ${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`;
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  const cause = error.cause === undefined ? "" : `\ncaused by ${renderError(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
