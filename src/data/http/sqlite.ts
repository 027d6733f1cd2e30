/** Pairs in a SQLite file with JanusLM's two tables, `training_data` and `vuln_category`. */
import initSqlJs, { type Database } from "sql.js";
import { HTTP_CATEGORIES, InputError, type HttpCategory, type HttpPair } from "../../core/index.ts";
import type { ReadRows, RefusedRow } from "./rows.ts";

const COLUMNS = ["id", "request", "response", "analysis", "is_vulnerable", "vuln_category"];

/** The bytes of a database file; facts and provenance have no place in this schema. */
export async function writeSqlite(pairs: readonly HttpPair[]): Promise<Uint8Array> {
  const { Database: Empty } = await initSqlJs();
  const db = new Empty();
  try {
    db.run(`CREATE TABLE training_data (
      id INTEGER PRIMARY KEY AUTOINCREMENT, request TEXT NOT NULL, response TEXT NOT NULL,
      analysis TEXT NOT NULL, is_vulnerable BOOL NOT NULL, vuln_category INTEGER NOT NULL)`);
    db.run("CREATE TABLE vuln_category (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)");
    HTTP_CATEGORIES.forEach((name, index) =>
      db.run("INSERT INTO vuln_category VALUES (?, ?)", [index + 1, name]),
    );
    db.run("BEGIN");
    const insert = db.prepare(
      "INSERT INTO training_data (request, response, analysis, is_vulnerable, vuln_category) VALUES (?, ?, ?, ?, ?)",
    );
    for (const { request, response, analysis, is_vulnerable, category } of pairs)
      insert.run([request, response, analysis, is_vulnerable ? 1 : 0, HTTP_CATEGORIES.indexOf(category) + 1]);
    insert.free();
    db.run("COMMIT");
    return db.export();
  } finally {
    db.close();
  }
}

/** Throws InputError for a file without these tables; rows of unknown categories are named and left out. */
export async function readSqlite(bytes: Uint8Array, where: string): Promise<ReadRows> {
  const { Database: FromFile } = await initSqlJs();
  const db = new FromFile(bytes);
  try {
    checkSchema(db, where);
    const names = new Map(
      (db.exec("SELECT id, name FROM vuln_category")[0]?.values ?? []).map(([id, name]) => [id, name]),
    );
    const pairs: HttpPair[] = [];
    const refused: RefusedRow[] = [];
    for (const row of db.exec(`SELECT ${COLUMNS.join(", ")} FROM training_data ORDER BY id`)[0]?.values ??
      []) {
      const [id, request, response, analysis, vulnerable, number] = row;
      const name = names.get(number!);
      const category = HTTP_CATEGORIES.find((one) => one === name);
      const reason = rowFault(category, name ?? number, vulnerable);
      if (reason !== undefined) {
        refused.push({ where: `${where}: training_data row ${id}`, reason });
        continue;
      }
      pairs.push({
        id: String(id),
        request: String(request),
        response: String(response),
        analysis: String(analysis),
        is_vulnerable: vulnerable === 1,
        category: category!,
        provenance: { source: "import", changes: [] },
      });
    }
    return { pairs, refused };
  } finally {
    db.close();
  }
}

function rowFault(
  category: HttpCategory | undefined,
  name: unknown,
  vulnerable: unknown,
): string | undefined {
  if (category === undefined)
    return `vuln_category: expected one of ${HTTP_CATEGORIES.join(", ")}, got ${String(name)}`;
  if (vulnerable !== 0 && vulnerable !== 1)
    return `is_vulnerable: expected 0 or 1, got ${String(vulnerable)}`;
  return undefined;
}

function checkSchema(db: Database, where: string): void {
  const columns = (table: string): unknown[] => {
    try {
      return db.exec(`PRAGMA table_info(${table})`)[0]?.values.map((row) => row[1]) ?? [];
    } catch (error) {
      throw new InputError(`${where}: expected a SQLite database`, { cause: error });
    }
  };
  for (const [table, wanted] of [
    ["training_data", COLUMNS],
    ["vuln_category", ["id", "name"]],
  ] as const) {
    const found = columns(table);
    const missing = wanted.filter((name) => !found.includes(name));
    if (missing.length > 0)
      throw new InputError(
        `${where}: expected a table ${table}(${wanted.join(", ")}), missing ${missing.join(", ")}`,
      );
  }
}
