/** The importer on small records of every format, on what breaks, and on the shared sample against its published labels. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../core/errors.ts";
import type { ProgressEvent } from "../../core/events.ts";
import { projectRoot } from "../../util/root.ts";
import { labellingBy, labellingOf } from "../cwe/labelling.ts";
import { makeCatalogue } from "../cwe/catalogue.ts";
import { cve5, ghsa, nvd, osv, storedZip } from "./fixtures/records.ts";
import { importRecords, openWriter, type CveRow, type ImportOptions, type ImportReport } from "./index.ts";

const base = mkdtempSync(join(tmpdir(), "ironbark-cve-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const put = (path: string, content: string | Uint8Array): string => {
  const full = join(base, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
};
const lines = (...values: unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join("");

async function load(
  path: string,
  options?: ImportOptions,
): Promise<{ rows: CveRow[]; report: ImportReport }> {
  const rows: CveRow[] = [];
  return { report: await importRecords(path, (row) => void rows.push(row), options), rows };
}

describe("formats", () => {
  it("reads the CNA and every ADP of a CVE 5.x record", async () => {
    const record = cve5("CVE-2024-1000", {
      cna: ["CWE-264", "CWE-79"],
      adp: ["CWE-89", "CWE-79"],
      texts: [
        { lang: "de", value: "Ein Fehler." },
        { lang: "en-US", value: "A  bug\n in it." },
      ],
    });
    const catalogue = makeCatalogue(
      [79, 89].map((id) => ({
        cwe: `CWE-${id}`,
        name: `Weakness ${id}`,
        child_of: [],
        abstraction: "Base",
        deprecated: false,
      })),
    );
    const path = put("one.jsonl", lines(record));
    const { rows } = await load(path, { labelling: labellingOf(catalogue) });
    expect(rows).toMatchObject([
      {
        cve_id: "CVE-2024-1000",
        year: 2024,
        date_published: "2024-02-03",
        description: "A bug in it.",
        lang: "en-US",
        // CWE-264 is a category: it is kept among all that were named and is no label.
        cwe: "CWE-79",
        cwe_source: "cna",
        cwe_all: ["CWE-264", "CWE-79", "CWE-89"],
        cvss: 7.5,
        exploitation: "poc",
        provenance: { format: "cve", schema: "5.1", file: "one.jsonl", line: 1 },
      },
    ]);
  });

  it.each([
    ["CWE-79 Cross-site Scripting", ["CWE-79"], "text"],
    ["see cwe 79, and CWE_0089.", ["CWE-79", "CWE-89"], "text"],
    ["Weakness 79", ["CWE-79"], "name"],
    ["weakness-79", ["CWE-79"], "name"],
    ["n/a", [], undefined],
    ["XCWE-79 and CWE-123456", [], undefined],
  ])("understands what people typed: %s", async (typed, cwes, from) => {
    const record = cve5("CVE-2024-1001", { free: [typed] });
    const catalogue = makeCatalogue([
      { cwe: "CWE-79", name: "Weakness 79", child_of: [], abstraction: "Base", deprecated: false },
    ]);
    const { rows } = await load(put("typed.jsonl", lines(record)), { labelling: labellingOf(catalogue) });
    expect(rows[0]!.cwe_all).toEqual(cwes);
    expect(rows[0]!.mentions[0]?.from).toBe(from);
  });

  it("reads an NVD feed element by element, with the lines at which they start", async () => {
    const feed = { resultsPerPage: 2, format: "NVD_CVE", version: "2.0", vulnerabilities: [] as unknown[] };
    feed.vulnerabilities.push(nvd("CVE-2023-1", "CWE-22"), nvd("CVE-2023-2", "NVD-CWE-noinfo"));
    for (const [name, content] of [
      ["feed.json", JSON.stringify(feed, null, 1)],
      ["feed.json.gz", gzipSync(JSON.stringify(feed))],
    ] as const) {
      const { rows } = await load(put(name, content));
      expect(rows).toMatchObject([
        { cve_id: "CVE-2023-1", cwe: "CWE-22", cwe_source: "nvd", cvss: 9.1, provenance: { format: "nvd" } },
        { cve_id: "CVE-2023-2", cwe: null, cwe_all: [] },
      ]);
    }
    const { rows } = await load(join(base, "feed.json"));
    const shown = readFileSync(join(base, "feed.json"), "utf8").split("\n");
    expect(rows.map((row) => shown[row.provenance.line! - 1]!.trim())).toEqual(["{", "{"]);
  });

  it("reads OSV files and answers of GitHub's API", async () => {
    const { rows } = await load(
      put(
        "advisories.jsonl",
        lines(osv("GHSA-aaaa", "CVE-2022-5", "CWE-94"), osv("PYSEC-1", null, "CWE-78")),
      ),
    );
    expect(rows).toMatchObject([
      {
        cve_id: "CVE-2022-5",
        cwe: "CWE-94",
        cwe_source: "ghsa",
        provenance: { format: "osv", schema: "1.6.0" },
      },
      { cve_id: "PYSEC-1", cwe: "CWE-78", cwe_source: "osv", year: 2022 },
    ]);
    const list = await load(put("api.json", JSON.stringify([ghsa("GHSA-b", "CVE-2021-9", "CWE-400")])));
    expect(list.rows).toMatchObject([{ cve_id: "CVE-2021-9", cwe: "CWE-400", cvss: 5.3, lang: "en" }]);
  });

  it("counts rejected and reserved records and leaves them out unless asked", async () => {
    const path = put(
      "states.jsonl",
      lines(
        cve5("CVE-2024-1", {}),
        cve5("CVE-2024-2", { state: "REJECTED" }),
        cve5("CVE-2024-3", { state: "RESERVED", texts: [] }),
        cve5("CVE-2024-4", { texts: [{ lang: "ja", value: "脆弱性" }] }),
      ),
    );
    const few = await load(path);
    expect(few.report).toMatchObject({ records: 4, rows: 2, rejected: 1, reserved: 1, other_language: 1 });
    const all = await load(path, { allStates: true });
    expect(all.rows.map((row) => row.state)).toEqual(["PUBLISHED", "REJECTED", "RESERVED", "PUBLISHED"]);
    expect(all.rows[1]!.description).toBe("Withdrawn.");
    expect(all.report.without_description).toBe(1);
  });
});

describe("where records lie", () => {
  const tree = (): string => {
    for (let n = 0; n < 5; n++)
      put(`tree/2024/0xxx/CVE-2024-000${n}.json`, JSON.stringify(cve5(`CVE-2024-000${n}`, {}), null, 2));
    put("tree/delta.json", '{"fetchTime":"now"}');
    put("tree/README.md", "not a record");
    return join(base, "tree");
  };

  it("reads a tree in the order of its paths and passes over what is no record", async () => {
    const { rows, report } = await load(tree());
    expect(rows.map((row) => row.provenance.file)).toEqual(
      [0, 1, 2, 3, 4].map((n) => `2024/0xxx/CVE-2024-000${n}.json`),
    );
    expect(report.bad).toBe(0);
  });

  it("reads a zip archive, and refuses an archive inside one by name", async () => {
    const entries = {
      "cves/CVE-2024-0001.json": JSON.stringify(cve5("CVE-2024-0001", {})),
      "cves/README.txt": "no",
    };
    const { rows } = await load(put("good.zip", storedZip(entries)));
    expect(rows).toMatchObject([
      { cve_id: "CVE-2024-0001", provenance: { file: "cves/CVE-2024-0001.json" } },
    ]);
    const nested = put("nested.zip", storedZip({ "inner.zip": "PK" }));
    await expect(load(nested)).rejects.toThrow("nested.zip/inner.zip: is a zip archive inside");
    await expect(load(put("fake.zip", "no archive"))).rejects.toThrow("fake.zip: expected a zip archive");
  });

  it("says how far it is", async () => {
    const events: ProgressEvent[] = [];
    await load(tree(), { emit: (event) => void events.push(event) });
    expect(events[0]).toMatchObject({ kind: "stage-start", total: 5 });
    expect(events.at(-1)).toMatchObject({ kind: "stage-end", note: "5 records" });
  });
});

describe("what cannot be read", () => {
  it.each([
    ["truncated JSON", '{"dataType":"CVE_RECORD","cveMeta', "expected JSON"],
    ["no object", "[1]".replace("[", "").replace("]", ""), "expected a JSON object"],
    [
      "an old version",
      '{"data_type":"CVE","data_version":"4.0","CVE_data_meta":{}}',
      "expected CVE JSON 5.x",
    ],
    ["a future version", lines({ ...cve5("CVE-2024-1", {}), dataVersion: "6.0" }), 'expected 5.x, got "6.0"'],
    ["an unknown state", lines(cve5("CVE-2024-1", { state: "MAYBE" })), "cveMetadata.state: expected"],
    [
      "another OSV",
      lines({ ...osv("X-1", null, "CWE-1"), schema_version: "2.0" }),
      "schema_version: expected 1.x",
    ],
    ["something else", '{"hello":1}', "expected a record of"],
  ])("%s stops with file and line, or is counted", async (_, line, message) => {
    const path = put(
      "bad.jsonl",
      `${lines(cve5("CVE-2024-9", {}))}\n${line.trim()}\n${lines(cve5("CVE-2024-8", {}))}`,
    );
    const failure = await load(path).catch((error: unknown) => error as Error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as Error).message).toContain(`${path}:3: `);
    expect((failure as Error).message).toContain(message);
    const { rows, report } = await load(path, { keepGoing: true });
    expect(rows).toHaveLength(2);
    expect(report).toMatchObject({ bad: 1, problems: [expect.stringContaining(message) as string] });
  });

  it("finds one truncated file in a tree, by name, and goes on behind it", async () => {
    const broken = join(base, "broken");
    for (let n = 100; n < 130; n++) {
      const text = JSON.stringify(cve5(`CVE-2024-${n}`, {}));
      put(`broken/CVE-2024-${n}.json`, n === 115 ? text.slice(0, 90) : text);
    }
    await expect(load(broken)).rejects.toThrow(`${broken}/CVE-2024-115.json: expected JSON`);
    const { report } = await load(broken, { keepGoing: true });
    expect(report).toMatchObject({ records: 29, bad: 1 });
    expect(report.problems[0]).toContain("CVE-2024-115.json");
  });

  it("names a feed that ends early and keeps what came before", async () => {
    const text = JSON.stringify({
      vulnerabilities: [nvd("CVE-2023-1", "CWE-22"), nvd("CVE-2023-2", "CWE-22")],
    });
    const { rows, report } = await load(put("cut.json", text.slice(0, -40)), { keepGoing: true });
    expect(rows).toHaveLength(1);
    expect(report.problems[0]).toMatch(/cut\.json:1: ends inside a record/);
  });

  it("has nothing to say about nothing", async () => {
    await expect(load(join(base, "absent"))).rejects.toThrow("no such file or folder");
    await expect(load(put("empty.jsonl", "\n"))).rejects.toThrow("holds no vulnerability record");
    mkdirSync(join(base, "hollow"));
    await expect(load(join(base, "hollow"))).rejects.toThrow("holds no .json");
  });
});

describe("rows on disk", () => {
  it("are JSON Lines or Parquet with the same values, whole or not there", async () => {
    const { parquetReadObjects } = await import("hyparquet");
    const { rows } = await load(put("few.jsonl", lines(cve5("CVE-2024-1", {}), osv("X-1", null, "CWE-1"))));
    const folder = join(base, "out");
    mkdirSync(folder);
    for (const name of ["rows.jsonl", "rows.parquet"]) {
      const writer = await openWriter(join(folder, name));
      rows.forEach(writer.write);
      expect(existsSync(join(folder, name))).toBe(false);
      writer.finish();
    }
    const written = readFileSync(join(folder, "rows.jsonl"), "utf8").trim().split("\n");
    expect(written.map((line) => JSON.parse(line) as CveRow)).toEqual(rows);
    const bytes = readFileSync(join(folder, "rows.parquet"));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const back = await parquetReadObjects({ file });
    expect(back).toMatchObject(
      rows.map(({ cve_id, cwe, cwe_all, year, mentions, provenance }) => {
        return { cve_id, cwe, cwe_all, year, mentions, source_file: provenance.file };
      }),
    );
    const writer = await openWriter(join(folder, "given-up.parquet"));
    writer.write(rows[0]!);
    writer.discard();
    expect(readdirSync(folder).toSorted()).toEqual(["rows.jsonl", "rows.parquet"]);
    await expect(openWriter(join(folder, "rows.csv"))).rejects.toThrow("ends in .jsonl or .parquet");
    await expect(openWriter(join(folder, "no/rows.jsonl"))).rejects.toThrow("no folder");
  });
});

const SHARED = join(projectRoot(), "../shared/data");
const RAW = join(SHARED, "cve_raw/cve_records.jsonl");
describe.skipIf(!existsSync(RAW))("500 real records (skipped without ../shared/data)", () => {
  it("get the labels and fields of the published table", async () => {
    const { rows, report } = await load(RAW, { labelling: labellingBy(join(SHARED, "cwe/cwe.jsonl")) });
    expect(report).toMatchObject({ records: 500, rows: 499, rejected: 1, bad: 0 });
    const mine = new Map(rows.map((row) => [row.cve_id, row]));
    let compared = 0;
    for (const line of readFileSync(join(SHARED, "cve_cwe/cve_cwe.jsonl"), "utf8").trim().split("\n")) {
      const { dup_group: _, ...published } = JSON.parse(line) as Record<string, unknown>;
      const row = mine.get(published["cve_id"] as string);
      if (row === undefined) continue;
      compared++;
      expect(row).toMatchObject(published);
    }
    expect(compared).toBe(172);
  });
});
