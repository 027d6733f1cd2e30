/** The loader on a small folder, and on every way in which such a folder goes wrong. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../core/errors.ts";
import { applyPatch } from "../core/patch.ts";
import { loadScenario, loadScenarios } from "./index.ts";

const APP = "from flask import Flask\n\napp = Flask(__name__)\n\nQUERY = \"SELECT '%s'\"\nLAST = 1\n";
const ask = (path: string, text: string) => ({
  name: path,
  steps: [{ request: { path }, expect: [{ kind: "contains", text }] }],
});

function head() {
  return {
    id: "shop",
    title: "Shop",
    family: "handwritten",
    stack: "flask",
    visible: [ask("/", "welcome")],
    hidden: [ask("/about", "about")],
    benign: [{ path: "/" }] as object[],
    weaknesses: [
      {
        id: "w",
        cwe: "CWE-89",
        type: "sql_injection",
        locations: [{ file: "app.py", line: 5 }],
        exploits: [ask("/?q=0", "{{canary:key}}")] as object[],
        variants: [1, 2, 3, 4].map((n) => ask(`/?q=${n}`, "{{canary:key}}")),
      },
    ],
  };
}

function folder(): Record<string, string | Buffer> {
  const cheat = (n: number): [string, string] => [
    `patches/cheats/c${n}.json`,
    JSON.stringify({ "app.py": [{ search: "LAST = 1", replace: `LAST = ${n + 2}` }] }),
  ];
  return {
    "scenario.json": JSON.stringify(head(), null, 2),
    "app/app.py": APP,
    "app/templates/page.html": "<p>{{ word }}</p>",
    "assets/docs/a.txt": "a",
    "outside/vault/key.txt": "{{canary:file}}",
    "databases/data/shop.db.sql": "CREATE TABLE k AS SELECT '{{canary:key}}' AS v;",
    "patches/reference.diff":
      'Binds.\n--- a/app.py\n+++ b/app.py\n@@ -3,4 +3,4 @@\n app = Flask(__name__)\n\n-QUERY = "SELECT \'%s\'"\n+QUERY = "SELECT ?"\n LAST = 1\n',
    "patches/alternatives/whole/app.py": APP.replace("'%s'", "?1"),
    "patches/alternatives/edits.json": JSON.stringify({ "app.py": [{ search: "'%s'", replace: ":v" }] }),
    ...Object.fromEntries([1, 2, 3, 4, 5, 6].map(cheat)),
  };
}

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "scenario-folder-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Record<string, string | Buffer>, name = "shop"): string {
  const place = join(root, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), content);
  }
  return place;
}

async function problem(files: Record<string, string | Buffer>): Promise<string> {
  const error: unknown = await loadScenario(write(files)).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).message.replaceAll(join(root, "shop"), "");
}

describe("a folder", () => {
  it("becomes a scenario", async () => {
    const scenario = await loadScenario(
      write({ ...folder(), "README.md": "About it.", "app/__pycache__/x.pyc": Buffer.from([0xff]) }),
    );
    expect(scenario.entry).toBe("app.py");
    expect(scenario.files).toEqual({ "app.py": APP, "templates/page.html": "<p>{{ word }}</p>" });
    expect(scenario.assets).toEqual({ "docs/a.txt": "a" });
    expect(scenario.outside).toEqual({ "/srv/vault/key.txt": "{{canary:file}}" });
    expect(scenario.databases).toEqual({
      "data/shop.db": "CREATE TABLE k AS SELECT '{{canary:key}}' AS v;",
    });
    expect(scenario.visible[0]!.steps[0]!.request).toEqual({ method: "GET", path: "/", headers: {} });
    const lines = [scenario.reference, ...scenario.alternatives.map((each) => each.patch)].map(
      (patch) => applyPatch(scenario.files, patch)["app.py"]!.split("\n")[4],
    );
    expect(lines).toEqual(['QUERY = "SELECT ?"', 'QUERY = "SELECT :v"', 'QUERY = "SELECT ?1"']);
    expect(scenario.alternatives.map((each) => each.name)).toEqual(["edits", "whole"]);
    expect(scenario.cheats).toHaveLength(6);
  });

  it("is found among others, sorted by id", async () => {
    write(folder());
    write({ ...folder(), "scenario.json": JSON.stringify({ ...head(), id: "attic" }) }, "attic");
    writeFileSync(join(root, "README.md"), "Scenarios.");
    expect((await loadScenarios(root)).map((scenario) => scenario.id)).toEqual(["attic", "shop"]);
  });

  it("is missing", async () => {
    await expect(loadScenarios(join(root, "none"))).rejects.toThrow(/none: no such folder$/);
    await expect(loadScenario(join(root, "none"))).rejects.toThrow(/none: no such folder$/);
    await expect(loadScenarios(root)).rejects.toThrow(/holds no scenario/);
  });
});

describe("script.ts", () => {
  const SCRIPT = `import { createHash } from "node:crypto";
import type { ScriptContext } from "ironbark";

export async function guesses({ request, expect }: ScriptContext): Promise<void> {
  const { body } = await request("/" + createHash("md5").update("{{canary:key}}").digest("hex"));
  expect<string>(body, "an answer");
}
`;
  const scripted = (name = "guesses") => {
    const value = head();
    value.weaknesses[0]!.exploits = [{ name: "guesses", script: name }];
    return { ...folder(), "scenario.json": JSON.stringify(value, null, 2) };
  };

  it("becomes JavaScript, which nothing has run", async () => {
    const loud = `${SCRIPT}\nthrow new Error("run while it was loaded");\n`;
    const scenario = await loadScenario(write({ ...scripted(), "script.ts": loud }));
    expect(scenario.weaknesses[0]!.exploits[0]).toEqual({ name: "guesses", steps: [], script: "guesses" });
    expect(scenario.script).toMatch(/require\("node:crypto"\)[^]*async function guesses/);
    expect(scenario.script).not.toMatch(/ScriptContext|<string>/);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ["is missing", scripted(), /script\.ts: no such file; weaknesses\[0\]\.exploits\[0\] names/],
    [
      "lacks a function",
      { ...scripted("hits"), "script.ts": SCRIPT },
      /script\.ts: exports no function hits, which/,
    ],
    [
      "has one too many",
      { ...folder(), "script.ts": SCRIPT },
      /script\.ts:4: nothing names the function guesses$/,
    ],
    [
      "is no TypeScript",
      { ...scripted(), "script.ts": `${SCRIPT}\nconst a = ;\n` },
      /script\.ts:9: is no TypeScript/,
    ],
    [
      "imports a package",
      { ...scripted(), "script.ts": SCRIPT.replace("node:crypto", "express") },
      /script\.ts:1: imports express; expected modules of Node\.js only/,
    ],
    [
      "names a canary that is nowhere",
      { ...scripted(), "script.ts": SCRIPT.replace("canary:key", "canary:kye") },
      /script\.ts: \{\{canary:kye\}\} is planted nowhere/,
    ],
    [
      "stands beside steps",
      {
        ...scripted(),
        "scenario.json": scripted()
          ["scenario.json"]!.toString()
          .replace('"script": "guesses"', '"script": "guesses", "steps": [{ "request": { "path": "/" } }]'),
        "script.ts": SCRIPT,
      },
      /weaknesses\[0\]\.exploits\[0\]: expected steps or a script/,
    ],
  ] as [string, Record<string, string>, RegExp][])("%s", async (_, files, message) => {
    expect(await problem(files)).toMatch(message);
  });
});

describe("scenario.json with a mistake", () => {
  const changed = (change: (value: ReturnType<typeof head>) => unknown): Promise<string> => {
    const value = head();
    return problem({ ...folder(), "scenario.json": JSON.stringify(change(value) ?? value, null, 2) });
  };

  it.each([
    ['{\n  "id": "shop",\n  "title": oops\n}', /^\/scenario\.json:3: is not JSON: .*\(column 12\)$/],
    ['{\n  "id": "shop",\n}', /^\/scenario\.json:3: is not JSON/],
    ['{\n  "id": "shop"\n  "title": ""\n}', /^\/scenario\.json:3: is not JSON/],
    ['{\n  "id": "shop', /^\/scenario\.json:2: is not JSON/],
    ['{"id": tru', /^\/scenario\.json:1: is not JSON/],
    ["", /^\/scenario\.json:1: is not JSON/],
    ["[]", /^\/scenario\.json:1: the whole file: expected object, received array/],
  ])("%j", async (text, message) => {
    expect(await problem({ ...folder(), "scenario.json": text })).toMatch(message);
  });

  it.each<[string, (value: ReturnType<typeof head>) => unknown, RegExp]>([
    ["a misspelt key", (v) => ({ ...v, weakneses: [] }), /weakneses: unknown key; did you mean weaknesses\?/],
    [
      "a misspelt key inside",
      (v) => void Object.assign(v.visible[0]!.steps[0]!, { expects: [] }),
      /visible\[0\]\.steps\[0\]\.expects: unknown key; did you mean expect\?/,
    ],
    ["a key like no other", (v) => ({ ...v, zzzzzzzz: 1 }), /zzzzzzzz: unknown key$/],
    [
      "a part that lies beside it",
      (v) => ({ ...v, files: {} }),
      /files: does not belong in this file; expected it in app\//,
    ],
    [
      "an asset in both places",
      (v) => ({ ...v, assets: { "docs/a.txt": "b" } }),
      /assets\.docs\/a\.txt: the same path is in assets\//,
    ],
    ["an asset elsewhere", (v) => ({ ...v, assets: { "../a.txt": "b" } }), /assets: path leaves or blurs/],
    [
      "a mistake far down, with its line",
      (v) => void (v.weaknesses[0]!.locations[0]!.file = "db.py"),
      /^\/scenario\.json:[3-9][0-9]: weaknesses\[0\]\.locations\[0\]\.file/,
    ],
    [
      "a pattern without a group",
      (v) => void Object.assign(v.hidden[0]!.steps[0]!, { capture: { name: "t", match: "a.b" } }),
      /hidden\[0\]\.steps\[0\]\.capture\.match: expected one group in parentheses, not 0/,
    ],
    [
      "a captured value that nobody captured",
      (v) => void v.hidden.push(ask("/{{capture:token}}", "x")),
      /hidden\[1\]\.steps\[0\]: no earlier step captures "token"/,
    ],
    [
      "another stack's entry",
      (v) => ({ ...v, stack: "express" }),
      /entry: is no file that the stack express/,
    ],
    ["a missing key", (v) => ({ ...v, title: undefined }), /title: expected string/],
    ["too few variants", (v) => void v.weaknesses[0]!.variants.pop(), /weaknesses\[0\]\.variants: .*>=4/],
    ["another id", (v) => ({ ...v, id: "store" }), /id: expected the name of the folder, shop/],
    [
      "an entry that is not there",
      (v) => ({ ...v, entry: "main.py" }),
      /entry: no such file in app\/: main\.py/,
    ],
    [
      "a line behind the end",
      (v) => void (v.weaknesses[0]!.locations[0]!.line = 7),
      /weaknesses\[0\]\.locations\[0\]\.line: app\/app\.py has 6 lines, not 7/,
    ],
    [
      "an empty line",
      (v) => void (v.weaknesses[0]!.locations[0]!.line = 4),
      /line 4 of app\/app\.py is empty/,
    ],
    [
      "a location elsewhere",
      (v) => void (v.weaknesses[0]!.locations[0]!.file = "db.py"),
      /no such file in app\/: db\.py/,
    ],
    [
      "a canary that nothing plants",
      (v) => void v.weaknesses[0]!.exploits.push(ask("/x", "{{canary:kye}}")),
      /exploits\[1\]: \{\{canary:kye\}\} is planted nowhere/,
    ],
    [
      "a placeholder that is none",
      (v) => void v.benign.push({ path: "/?q={{nonce }}" }),
      /benign\[1\]: \{\{nonce \}\} is not a placeholder/,
    ],
    [
      "a capture nobody made",
      (v) =>
        void v.weaknesses[0]!.exploits.push({
          name: "x",
          steps: [{ request: { path: "/" }, expect: [{ kind: "differs", capture: "a" }] }],
        }),
      /no earlier step captures "a"/,
    ],
    [
      "an exploit that expects nothing",
      (v) => void v.weaknesses[0]!.exploits.push({ name: "x", steps: [{ request: { path: "/" } }] }),
      /exploits\[1\]: expects nothing/,
    ],
    [
      "two bodies",
      (v) => void v.benign.push({ path: "/", method: "POST", form: {}, body: "x" }),
      /benign\[1\]: has form and body/,
    ],
    ["a name used twice", (v) => void v.hidden.push(ask("/", "x")), /visible and hidden: two are named "\/"/],
  ])("%s", async (_, change, message) => {
    expect(await changed(change)).toMatch(message);
  });
});

describe("other files with a mistake", () => {
  const reference = folder()["patches/reference.diff"] as string;
  it.each<[string, Record<string, string | Buffer>, RegExp]>([
    [
      "bytes that are no UTF-8",
      { "app/x.py": Buffer.from([0x61, 0xff]) },
      /^\/app\/x\.py: is not UTF-8 text/,
    ],
    ["a null byte", { "assets/x.txt": "a\nb\0" }, /^\/assets\/x\.txt: holds a null byte \(line 2\)/],
    [
      "more than a megabyte",
      { "assets/x.txt": "x".repeat(1024 * 1024) },
      /^\/assets\/x\.txt: .*at most 1 MB/,
    ],
    [
      "a misspelt folder",
      { "patch/x.diff": "" },
      /^\/patch\/x\.diff: not part of a scenario; did you mean patches\?/,
    ],
    [
      "a misspelt kind of patch",
      { "patches/cheat/x.diff": "" },
      /^\/patches\/cheat\/x\.diff: .*did you mean cheats\?/,
    ],
    ["a stray file", { "notes.txt": "" }, /^\/notes\.txt: not part of a scenario/],
    [
      "a placeholder in the sources",
      { "app/x.py": "KEY = '{{canary:key}}'" },
      /app\/x\.py: placeholders are not allowed in sources/,
    ],
    ["a file both source and asset", { "assets/app.py": "" }, /assets\/app\.py: the same path is in app\//],
    ["a database that is no SQL", { "databases/shop.db": "" }, /^\/databases\/shop\.db: expected NAME\.sql/],
    ["a patch without an ending", { "patches/cheats/c9": "" }, /^\/patches\/cheats\/c9: expected a patch as/],
    ["a patch twice", { "patches/cheats/c1.diff": "" }, /a second patch named c1/],
    ["a second reference", { "patches/reference.json": "{}" }, /a second patch named reference/],
    [
      "a new file",
      { "patches/cheats/c9/new.py": "" },
      /^\/patches\/cheats\/c9: does not apply: no such file: new\.py/,
    ],
    ["a patch that changes nothing", { "patches/cheats/c9/app.py": APP }, /c9: leaves app\.py as it is/],
    [
      "edits that do not apply",
      { "patches/cheats/c9.json": '{"app.py":[{"search":"zz","replace":""}]}' },
      /c9\.json: does not apply: app\.py does not contain "zz"/,
    ],
    [
      "edits with a misspelt key",
      { "patches/cheats/c9.json": '{"app.py":[{"serach":"zz","replace":""}]}' },
      /^\/patches\/cheats\/c9\.json:1: .*app\.py/,
    ],
    [
      "a diff for another version",
      { "patches/reference.diff": reference.replace("-QUERY =", "-QUESTION =") },
      /^\/patches\/reference\.diff:4: line 5 of the file is not "QUESTION/,
    ],
    [
      "a diff of another file",
      { "patches/reference.diff": reference.replaceAll("app.py", "db.py") },
      /reference\.diff:2: no such file in app\/: db\.py/,
    ],
    [
      "a diff with a wrong count",
      { "patches/reference.diff": reference.replace("3,4 +3,4", "3,9 +3,9") },
      /reference\.diff:4: the hunk is shorter or longer/,
    ],
    [
      "a diff without headers",
      { "patches/reference.diff": "nothing" },
      /reference\.diff:1: expected a unified diff/,
    ],
    [
      "a hunk without a file",
      { "patches/reference.diff": "@@ -1 +1 @@\n-a\n+b\n" },
      /reference\.diff:1: a hunk before any file/,
    ],
  ])("%s", async (_, extra, message) => {
    expect(await problem({ ...folder(), ...extra })).toMatch(message);
  });

  it("too few cheats, no reference, no scenario.json", async () => {
    const { "patches/cheats/c1.json": _cheat, ...fewer } = folder();
    expect(await problem(fewer)).toMatch(/scenario\.json:1: cheats: .*>=6/);
    rmSync(join(root, "shop"), { recursive: true });
    const { "patches/reference.diff": _reference, ...none } = folder();
    expect(await problem(none)).toMatch(/^\/patches: expected reference\.diff/);
    rmSync(join(root, "shop"), { recursive: true });
    expect(await problem({ "app/app.py": APP })).toMatch(/^\/scenario\.json: no such file/);
  });

  it("a symbolic link, wherever it is", async () => {
    const place = write(folder());
    symlinkSync("/etc/hostname", join(place, "app", "name.py"));
    await expect(loadScenario(place)).rejects.toThrow(/name\.py: is a symbolic link/);
    symlinkSync(place, join(root, "twin"));
    await expect(loadScenario(join(root, "twin"))).rejects.toThrow(/twin: is a symbolic link/);
  });
});
