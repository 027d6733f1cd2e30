/** The importers on small records of each set's own format, on what is wrong with records, and on SVEN itself. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { projectRoot } from "../../util/root.ts";
import {
  functionKey,
  importDetection,
  normalise,
  readDetectionRows,
  type DetectionRow,
  type FormatName,
  type ImportOptions,
  type ImportReport,
} from "./index.ts";
import { commitOf, weaknesses } from "./row.ts";

const base = mkdtempSync(join(tmpdir(), "ironbark-detection-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const fixtures = join(projectRoot(), "src", "data", "detection", "fixtures");
const lines = (...values: unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join("");
let files = 0;
const put = (...records: unknown[]): string => {
  const path = join(base, `set-${files++}.jsonl`);
  writeFileSync(path, lines(...records));
  return path;
};

type Input = readonly [format: FormatName, path: string, heldOut?: boolean];

async function load(
  inputs: readonly Input[],
  options: Partial<ImportOptions> = {},
): Promise<{ rows: DetectionRow[]; report: ImportReport }> {
  const rows: DetectionRow[] = [];
  const sets = inputs.map(([format, path, heldOut = false]) => ({ format, path, heldOut }));
  const all = { dedupe: { function: true, commit: true }, maxChars: 10_000, keepGoing: false, ...options };
  return { report: await importDetection(sets, (row) => void rows.push(row), all), rows };
}

const SHA = "0123456789abcdef0123456789abcdef01234567";
const sven = (before: string, after: string, commit = SHA) => ({
  func_src_before: before,
  func_src_after: after,
  commit_link: `github.com/a/b/commit/${commit}`,
  file_name: "src/x.py",
  vul_type: "cwe-089",
});
const prime = (idx: number, target: unknown, func: unknown, more: object = {}) => ({
  idx,
  target,
  func,
  project: "p",
  commit_id: SHA,
  ...more,
});

describe("formats", () => {
  it("reads both halves of SVEN's records", async () => {
    const { rows, report } = await load([["sven", put(sven("q = a", "q = b"))]]);
    const common = { language: "python", cwe: ["CWE-89"], pair: "sven/1", source: "sven", commit: SHA };
    expect(rows).toEqual([
      { id: "sven/1/before", code: "q = a", is_vulnerable: true, ...common },
      { id: "sven/1/after", code: "q = b", is_vulnerable: false, ...common },
    ]);
    expect(report.sets[0]).toMatchObject({
      records: 1,
      rows: 2,
      written: 2,
      vulnerable: 1,
      pairs: 1,
      bad: 0,
    });
  });

  it("tells PrimeVul's releases apart", async () => {
    const { rows } = await load([
      [
        "primevul",
        put(
          prime(7, 1, "int a() { return 1; }", { cwe: ["CWE-119"], big_vul_idx: 3 }),
          prime(8, 0, "int b() { return 2; }", {
            cwe: ["NVD-CWE-noinfo"],
            func_hash: 1,
            file_name: "b.cc",
            cve: "CVE-2020-1",
          }),
        ),
      ],
    ]);
    expect(rows.map(({ id, language, cwe, source, cve }) => [id, language, cwe, source, cve])).toEqual([
      ["primevul-original/7", "c", ["CWE-119"], "primevul-original", undefined],
      ["primevul-v0.1/8", "cpp", [], "primevul-v0.1", "CVE-2020-1"],
    ]);
  });

  it("finds PrimeVul's pairs on adjacent lines and goes on behind a half that is missing", async () => {
    const other = { commit_id: "f".repeat(40) };
    const file = put(
      prime(1, 1, "int a;"),
      prime(2, 0, "int b;"),
      prime(3, 1, "int c;"), // its other half is missing
      prime(4, 1, "int d;", other),
      prime(5, 0, "int e;", other),
    );
    const { rows, report } = await load([["primevul-paired", file]]);
    expect(rows.map(({ id, pair }) => [id.split("/")[1], pair?.split("/")[1]])).toEqual([
      ["1", "1+2"],
      ["2", "1+2"],
      ["3", undefined],
      ["4", "4+5"],
      ["5", "4+5"],
    ]);
    expect(report.sets[0]).toMatchObject({ pairs: 2, unpaired: 1 });
  });

  it("reads R2Vul as Hugging Face's library saves it, and its raw file", async () => {
    const { rows, report } = await load([["r2vul", join(fixtures, "r2vul")]], { keepGoing: true });
    expect(rows.map((row) => [row.language, row.is_vulnerable, row.cwe, row.commit])).toEqual([
      ["c", true, ["CWE-120"], "1a".repeat(20)],
      ["python", true, ["CWE-22"], "2b".repeat(20)],
      ["java", false, [], "3c".repeat(20)],
    ]);
    expect(report.problems).toEqual([expect.stringMatching(/arrow:4: function: expected .* got null$/)]);
    const raw = join(base, "raw_dataset.json");
    const half = (text: string, vulnerable: number) => ({ function: text, vulnerable, commit_URL: SHA });
    writeFileSync(
      raw,
      JSON.stringify([{ lang: "c_sharp", map_id: "m", pre: half("a();", 1), post: half("b();", 0) }]),
    );
    const { rows: both } = await load([["r2vul", raw]]);
    expect(both.map(({ id, language, is_vulnerable: bad, pair }) => [id, language, bad, pair])).toEqual([
      ["r2vul/m/pre", "csharp", true, "r2vul/m"],
      ["r2vul/m/post", "csharp", false, "r2vul/m"],
    ]);
  });

  it("reads ProSec's Parquet, where both halves of a benign record are harmless", async () => {
    const { rows } = await load([["prosec", join(fixtures, "prosec.parquet")]]);
    expect(rows.map(({ code, is_vulnerable: bad, pair }) => [code.slice(0, 6), bad, pair])).toEqual([
      ["strcpy", true, "prosec/1"],
      ["strncp", false, "prosec/1"],
      ["printf", false, undefined],
      ['puts("', false, undefined],
    ]);
  });

  it("reads SecCoderX's rows and its own", async () => {
    const record = {
      index: 4,
      cwe: "CWE-78",
      cve: null,
      is_vulnerable: "0",
      language_name: "C++",
      code: "f();",
    };
    const { rows } = await load([["seccoderx", put({ ...record, dataset: "sven_test" })]]);
    expect(rows).toEqual([
      {
        id: "seccoderx/sven_test/4",
        code: "f();",
        language: "cpp",
        is_vulnerable: false,
        cwe: ["CWE-78"],
        source: "seccoderx-sven_test",
      },
    ]);
    const path = put(...rows);
    expect((await load([["rows", path]])).rows).toEqual(rows);
    expect(await readDetectionRows(path)).toEqual(rows);
  });
});

describe("what a field says", () => {
  it.each([
    ["CWE-089", ["CWE-89"]],
    ["['CWE-119', 'CWE-20']", ["CWE-119", "CWE-20"]],
    [["cwe79", "CWE-79"], ["CWE-79"]],
    [502, ["CWE-502"]],
    ["22", ["CWE-22"]],
    ["NVD-CWE-Other", []],
    [null, []],
  ])("weaknesses of %j", (value, expected) => expect(weaknesses(value)).toEqual(expected));

  it.each([
    [`https://github.com/a/b/commit/${SHA.toUpperCase()}`, SHA],
    ["github.com/a/b/commit/0123456", "0123456"],
    ["r12345", "r12345"],
  ])("commit of %s", (text, expected) => expect(commitOf(text)).toBe(expected));
});

describe("records that cannot be used", () => {
  const bad: [string, unknown, string][] = [
    ["no label", { idx: 1, func: "f" }, "target: expected a label (true, false, 0 or 1), got nothing"],
    ["another kind of label", prime(1, "maybe", "f"), 'got "maybe"'],
    ["a label that is a number of its own", prime(1, 2, "f"), "got 2"],
    ["null for code", prime(1, 1, null), "func: expected the text of a function, got null"],
    ["a list for code", prime(1, 1, ["f"]), "got a list"],
    ["white space for code", prime(1, 1, " \n"), "got white space"],
    ["no object", 5, "expected a JSON object"],
  ];
  it.each(bad)("%s: ends with file and line", async (_, record, message) => {
    const path = put(prime(0, 1, "fine"), record);
    await expect(load([["primevul", path]])).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(`^${path}:2: `) as string,
    });
    await expect(load([["primevul", path]])).rejects.toThrow(message);
    const { rows, report } = await load([["primevul", path]], { keepGoing: true });
    expect([rows.length, report.bad, report.problems.length]).toEqual([1, 1, 1]);
  });

  it("leaves gigantic functions out, with their pair, and counts them", async () => {
    const { rows, report } = await load([["sven", put(sven("x".repeat(99), "y"), sven("a", "b"))]], {
      maxChars: 50,
    });
    expect(rows.map(({ code }) => code)).toEqual(["a", "b"]);
    expect(report.sets[0]).toMatchObject({ rows: 4, written: 2, too_long: 2 });
  });

  it("says that a file holds nothing", async () => {
    await expect(load([["sven", put()]])).rejects.toThrow("holds no records");
    await expect(load([["sven", join(base, "nowhere.jsonl")]])).rejects.toThrow("no such file");
  });
});

describe("overlap", () => {
  it("knows a function through layout and comments, not through the text of strings", () => {
    expect(normalise('f( "// a" ); // b\n/* c */ g()', "c")).toBe('f("//a");g()');
    expect(normalise('x = "#1"  # two\n', "python")).toBe('x="#1"');
    expect(functionKey("int  a ;", "c")).toBe(functionKey("int a; // b", "c"));
    expect(functionKey('"a"', "c")).not.toBe(functionKey('"b"', "c"));
  });

  it("keeps what an earlier set or a held-out one has out of the later, and reports what they share", async () => {
    const held = put(sven("held = 1", "held = 2", "a".repeat(40)));
    const first = put(
      sven("held   = 1  # the same", "other = 2", "b".repeat(40)), // a function of the held-out set
      sven("p = 1", "p = 2", "a".repeat(40)), // its commit
      sven("n = 1", "n = 2", "c".repeat(40)),
    );
    const second = put(
      prime(1, 1, "int x;", { commit_id: "d".repeat(40) }),
      prime(2, 0, "int z;", { commit_id: "c".repeat(40) }), // the commit of the first set
      prime(3, 0, "int y;", { commit_id: "e".repeat(40) }),
    );
    const sets: Input[] = [
      ["sven", first],
      ["primevul", second],
      ["sven", held, true],
    ];
    const { rows, report } = await load(sets);
    expect(rows.map(({ code }) => code)).toEqual(["n = 1", "n = 2", "int x;", "int y;"]);
    expect(
      report.sets.map(({ held_out: out, left_out: left }) => [
        out,
        left.function_elsewhere,
        left.commit_elsewhere,
      ]),
    ).toEqual([
      [true, 0, 0],
      [false, 2, 2],
      [false, 0, 1],
    ]);
    expect(report.overlap.map(({ functions, commits }) => [functions, commits])).toEqual([
      [1, 1],
      [0, 0],
      [0, 1],
    ]);
    const all = await load(sets, { dedupe: { function: false, commit: false } });
    expect(all.rows).toHaveLength(9);
    expect(all.report.overlap).toEqual(report.overlap);
  });

  it("leaves out pairs that do not differ, copies, and copies with the other label", async () => {
    const { rows, report } = await load([
      [
        "sven",
        put(
          sven("a = 1", "a = 1 # only a comment"),
          sven("b = 1", "b = 2"),
          sven("b  = 1", "b = 2"), // a copy of the pair
          sven("b = 2", "b = 3"), // what was called fixed is called vulnerable
          sven("b = 1", "b = 4"), // half a copy is a pair of its own
        ),
      ],
    ]);
    expect(rows.map(({ code }) => code)).toEqual(["b = 1", "b = 2", "b = 1", "b = 4"]);
    expect(report.sets[0]!.left_out).toMatchObject({ unchanged: 2, duplicate: 2, contradiction: 2 });
  });
});

const SVEN = join(projectRoot(), "..", "shared", "data", "sven", "train.jsonl");
describe.skipIf(!existsSync(SVEN))(`SVEN's own file (skipped where ${SVEN} is not there)`, () => {
  it("gives as many pairs of each weakness as were published", async () => {
    const all = await load([["sven", SVEN]], { dedupe: { function: false, commit: false }, maxChars: 1e6 });
    const [set] = all.report.sets;
    expect(set).toMatchObject({ records: 720, written: 1440, vulnerable: 720, pairs: 720, without_cwe: 0 });
    const published = { 22: 51, 78: 95, 79: 45, 89: 184, 125: 130, 190: 38, 416: 57, 476: 70, 787: 50 };
    for (const [number, pairs] of Object.entries(published))
      expect(set!.cwe[`CWE-${number}`]).toBe(2 * pairs);
    expect(new Set(all.rows.map(({ id }) => id)).size).toBe(1440);
    expect(all.rows.every(({ commit }) => /^[0-9a-f]{40}$/.test(commit ?? ""))).toBe(true);
  });
});
