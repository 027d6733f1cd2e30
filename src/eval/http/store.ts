/** Answers of an evaluation in a SQLite file: what was asked before is not asked again, so a sweep can be interrupted. */
import { existsSync, readFileSync } from "node:fs";
import initSqlJs, { type Database } from "sql.js";
import { InputError } from "../../core/index.ts";
import { writeFileAtomic } from "../../runs/files.ts";
import type { TriageOutcome } from "./kinds.ts";

/** One contender under one setting. */
export interface CellInfo {
  /** Hash of everything that its answers depend on but the pair. */
  readonly key: string;
  readonly name: string;
  /** JSON: bounds, temperature, samples, and what was trained. */
  readonly settings: unknown;
}

export interface ResultStore {
  /** Outcomes by pair, as far as they were asked for. */
  outcomes(cell: string): ReadonlyMap<string, readonly TriageOutcome[]>;
  /** On disk when this returns. */
  put(cell: CellInfo, answers: ReadonlyMap<string, readonly TriageOutcome[]>): void;
  close(): void;
}

const TABLES = {
  cells: "key TEXT PRIMARY KEY, name TEXT NOT NULL, settings TEXT NOT NULL",
  answers:
    "cell TEXT NOT NULL REFERENCES cells(key), pair TEXT NOT NULL, sample INTEGER NOT NULL, answer INTEGER, probability REAL, tokens INTEGER, analysis TEXT NOT NULL, PRIMARY KEY (cell, pair, sample)",
};

/** Throws InputError for a file that is no such database. */
export async function openResults(path: string): Promise<ResultStore> {
  const { Database: Sqlite } = await initSqlJs();
  const db = existsSync(path) ? new Sqlite(readFileSync(path)) : new Sqlite();
  checkTables(db, path);
  for (const [name, columns] of Object.entries(TABLES))
    db.run(`CREATE TABLE IF NOT EXISTS ${name} (${columns})`);
  return {
    outcomes(cell) {
      const found = new Map<string, TriageOutcome[]>();
      const query = db.prepare(
        "SELECT pair, answer, probability, tokens, analysis FROM answers WHERE cell = ? ORDER BY pair, sample",
      );
      query.bind([cell]);
      while (query.step()) {
        const [pair, answer, probability, tokens, analysis] = query.get() as [
          string,
          number | null,
          number | null,
          number | null,
          string,
        ];
        const own = found.get(pair) ?? [];
        own.push({ answer: answer === null ? null : answer === 1, probability, tokens, analysis });
        found.set(pair, own);
      }
      query.free();
      return found;
    },
    put({ key, name, settings }, answers) {
      db.run("BEGIN");
      db.run("INSERT OR IGNORE INTO cells VALUES (?, ?, ?)", [key, name, JSON.stringify(settings)]);
      const insert = db.prepare("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)");
      for (const [pair, outcomes] of answers)
        outcomes.forEach(({ answer, probability, tokens, analysis }, sample) =>
          insert.run([
            key,
            pair,
            sample,
            answer === null ? null : Number(answer),
            probability,
            tokens,
            analysis,
          ]),
        );
      insert.free();
      db.run("COMMIT");
      writeFileAtomic(path, db.export());
    },
    close: () => db.close(),
  };
}

function checkTables(db: Database, path: string): void {
  try {
    const found = db.exec("SELECT name FROM sqlite_master WHERE type = 'table'")[0]?.values.flat() ?? [];
    if (found.length === 0 || Object.keys(TABLES).every((name) => found.includes(name))) return;
  } catch (cause) {
    db.close();
    throw new InputError(`${path}: expected a SQLite database`, { cause });
  }
  db.close();
  throw new InputError(
    `${path}: expected the tables ${Object.keys(TABLES).join(" and ")} of ironbark eval http`,
  );
}
