/** Reads rows in our shape back, for those who use them. */
import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { InputError } from "../../core/errors.ts";
import { isObject } from "../cve/json.ts";
import { readOwn } from "./formats.ts";
import { BadRecord, type DetectionRow } from "./row.ts";

/**
 * A file of JSON Lines. Throws InputError naming file and line for a row that cannot be used, for an id that stands
 * there twice, and for a file without rows.
 */
export async function readDetectionRows(path: string): Promise<DetectionRow[]> {
  if (!existsSync(path)) throw new InputError(`${path}: no such file; expected rows as JSON Lines`);
  const rows: DetectionRow[] = [];
  const lines = new Map<string, number>();
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line++;
    if (text.trim() === "") continue;
    const row = parse(text, `${path}:${line}`);
    const before = lines.get(row.id);
    if (before !== undefined)
      throw new InputError(`${path}:${line}: id: ${JSON.stringify(row.id)} stands in line ${before} already`);
    lines.set(row.id, line);
    rows.push(row);
  }
  if (rows.length === 0) throw new InputError(`${path}: holds no rows`);
  return rows;
}

function parse(text: string, where: string): DetectionRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${where}: expected JSON (${(error as Error).message})`);
  }
  if (!isObject(value)) throw new InputError(`${where}: expected a JSON object`);
  try {
    return readOwn(value, where)[0]!;
  } catch (error) {
    if (error instanceof BadRecord) throw new InputError(`${where}: ${error.message}`);
    throw error;
  }
}
