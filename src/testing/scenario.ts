/** A small scenario with one SQL injection: valid by schema, for tests that need no running application. */
import { ScenarioSchema, type Scenario, type ScenarioInput } from "../core/scenario.ts";

const APP = `import sqlite3
from flask import Flask, request

app = Flask(__name__)


@app.get("/find")
def find():
    name = request.args.get("name", "")
    db = sqlite3.connect("shop.db")
    rows = db.execute(f"SELECT title FROM items WHERE title = '{name}'").fetchall()
    return {"titles": [row[0] for row in rows]}
`;

const VULNERABLE = `db.execute(f"SELECT title FROM items WHERE title = '{name}'")`;

export const TINY_LINE = 11;

/** Replaces the vulnerable call. */
export const tinyFix = (call: string) => ({ "app.py": [{ search: VULNERABLE, replace: call }] });

const BY_PARAMETER = `db.execute("SELECT title FROM items WHERE title = ?", (name,))`;

const ask = (name: string) => ({ path: `/find?name=${encodeURIComponent(name)}` });
const attack = (name: string, payload: string) => ({
  name,
  steps: [{ request: ask(payload), expect: [{ kind: "contains" as const, text: "{{canary:row}}" }] }],
});

export function tinyScenario(over: Partial<ScenarioInput> = {}): Scenario {
  return ScenarioSchema.parse({
    id: "tiny",
    title: "A shop with a search",
    family: "tiny",
    stack: "flask",
    files: { "app.py": APP, "labels.py": "TITLE = 'shop'\n" },
    assets: { "static/about.txt": "Opened in {{nonce}}.\n" },
    databases: {
      "shop.db":
        "CREATE TABLE items (title TEXT); INSERT INTO items VALUES ('lamp'); CREATE TABLE vault (secret TEXT); INSERT INTO vault VALUES ('{{canary:row}}');",
    },
    visible: [
      {
        name: "finds the lamp",
        steps: [{ request: ask("lamp"), expect: [{ kind: "contains", text: "lamp" }] }],
      },
    ],
    hidden: [
      {
        name: "finds nothing",
        steps: [{ request: ask("boat"), expect: [{ kind: "not-contains", text: "lamp" }] }],
      },
    ],
    benign: [ask("lamp")],
    weaknesses: [
      {
        id: "search",
        cwe: "CWE-89",
        type: "sql_injection",
        locations: [{ file: "app.py", line: TINY_LINE }],
        exploits: [attack("union", "' UNION SELECT secret FROM vault --")],
        variants: ["UNION ALL", "union", "UnIoN", "UNION/**/"].map((word) =>
          attack(word, `x' ${word} SELECT secret FROM vault --`),
        ),
      },
    ],
    reference: tinyFix(BY_PARAMETER),
    alternatives: [
      {
        name: "named parameter",
        patch: tinyFix(`db.execute("SELECT title FROM items WHERE title = :n", {"n": name})`),
      },
      {
        name: "compare in Python",
        patch: tinyFix(`db.execute("SELECT title FROM items WHERE title = ?", [str(name)])`),
      },
    ],
    cheats: ["[]", "exit()", "db.execute('SELECT 1')", "db.execute('')", "None", "abort(403)"].map(
      (call) => ({
        name: call,
        patch: tinyFix(call),
      }),
    ),
    ...over,
  });
}
