/** The published sets, each read as it is published: from one record to its rows. */
import { isObject, type JsonObject } from "../cve/json.ts";
import { languageOf, languageOfFile } from "./language.ts";
import {
  BadRecord,
  codeAt,
  commitOf,
  labelAt,
  makeRow,
  textOrNumber,
  weaknesses,
  type DetectionRow,
} from "./row.ts";

/** `place` tells records without a number of their own apart. Throws BadRecord. */
export type ReadRecord = (record: JsonObject, place: string) => readonly DetectionRow[];

/**
 * SVEN: both halves of a change in one record. `cwe` is in our extract only; the official files say `vul_type`.
 */
export const readSven: ReadRecord = (record, place) => {
  const commit = commitOf(textOrNumber(record, "commit_link"));
  const id = `sven/${textOrNumber(record, "id") ?? place}`;
  const common = {
    language: languageOfFile(textOrNumber(record, "file_name")),
    cwe: weaknesses(record["cwe"] ?? record["vul_type"]),
    pair: id,
    source: "sven",
    commit,
  };
  return [
    makeRow({ id: `${id}/before`, code: codeAt(record, "func_src_before"), is_vulnerable: true, ...common }),
    makeRow({ id: `${id}/after`, code: codeAt(record, "func_src_after"), is_vulnerable: false, ...common }),
  ];
};

/** Keys that came with the second release of PrimeVul. */
const V01_KEYS = ["commit_url", "project_url", "nvd_url", "func_hash"];

/** PrimeVul, one function per record. C and C++ are told apart by the file's name, which the original lacks. */
export const readPrimeVul: ReadRecord = (record, place) => {
  const release = V01_KEYS.some((key) => key in record) ? "v0.1" : "original";
  const source = `primevul-${release}`;
  return [
    makeRow({
      id: `${source}/${textOrNumber(record, "idx") ?? place}`,
      code: codeAt(record, "func"),
      language: languageOfFile(textOrNumber(record, "file_name")) || "c",
      is_vulnerable: labelAt(record, "target"),
      cwe: weaknesses(record["cwe"]),
      source,
      commit: commitOf(textOrNumber(record, "commit_id", "commit_url")),
      cve: cveAt(record, "cve"),
    }),
  ];
};

/** R2Vul: a row of its HF data set, or an element of raw_dataset.json with both halves. */
export const readR2Vul: ReadRecord = (record, place) => {
  const [pre, post] = [record["pre"], record["post"]];
  if (!isObject(pre) || !isObject(post))
    return [r2vulRow(record, `r2vul/${place}`, labelAt(record, "vulnerable"))];
  // What the halves have in common stands above them.
  const id = `r2vul/${textOrNumber(record, "map_id") ?? place}`;
  return [
    r2vulRow({ ...record, ...pre }, `${id}/pre`, true, id),
    r2vulRow({ ...record, ...post }, `${id}/post`, false, id),
  ];
};

function r2vulRow(record: JsonObject, id: string, vulnerable: boolean, pair?: string): DetectionRow {
  return makeRow({
    id,
    code: codeAt(record, "function"),
    language: languageOf(textOrNumber(record, "lang")),
    is_vulnerable: vulnerable,
    cwe: weaknesses(record["cwe"] ?? record["cwe_id"] ?? record["CWE"]),
    pair,
    source: "r2vul",
    commit: commitOf(textOrNumber(record, "commit_URL", "commit_url")),
    cve: cveAt(record, "cve", "cve_id"),
  });
}

/**
 * ProSec: generated code and its repair. In a record marked `benign` both are harmless (the second answers the plain
 * instruction), so nothing in it is vulnerable and nothing is a pair.
 */
export const readProSec: ReadRecord = (record, place) => {
  const benign =
    record["benign"] === undefined || record["benign"] === null ? false : labelAt(record, "benign");
  const id = `prosec/${textOrNumber(record, "id", "index") ?? place}`;
  const common = {
    language: languageOf(textOrNumber(record, "lang", "language")),
    cwe: weaknesses(record["cwe"]),
    pair: benign ? undefined : id,
    source: "prosec",
  };
  return [
    makeRow({
      id: `${id}/original`,
      code: codeAt(record, "original_code"),
      is_vulnerable: !benign,
      ...common,
    }),
    makeRow({ id: `${id}/fixed`, code: codeAt(record, "fixed_code"), is_vulnerable: false, ...common }),
  ];
};

/** SecCoderX: rows of other sets in one shape of its own. */
export const readSecCoderX: ReadRecord = (record, place) => {
  const from = textOrNumber(record, "dataset");
  const id = textOrNumber(record, "index") ?? place;
  return [
    makeRow({
      id: `seccoderx/${from ?? "rows"}/${id}`,
      code: codeAt(record, "code"),
      language: languageOf(textOrNumber(record, "language_name", "language_suffix")),
      is_vulnerable: labelAt(record, "is_vulnerable"),
      cwe: weaknesses(record["cwe"]),
      source: from === undefined ? "seccoderx" : `seccoderx-${from}`,
      cve: cveAt(record, "cve"),
    }),
  ];
};

/** Our own rows, so that what was imported once can be joined with more. */
export const readOwn: ReadRecord = (record) => {
  const id = textOrNumber(record, "id");
  if (id === undefined) throw new BadRecord("id: expected text");
  if (record["cwe"] !== undefined && record["cwe"] !== null && !Array.isArray(record["cwe"]))
    throw new BadRecord('cwe: expected a list like ["CWE-89"]');
  return [
    makeRow({
      id,
      code: codeAt(record, "code"),
      language: languageOf(textOrNumber(record, "language")),
      is_vulnerable: labelAt(record, "is_vulnerable"),
      cwe: weaknesses(record["cwe"]),
      pair: textOrNumber(record, "pair"),
      source: textOrNumber(record, "source") ?? "rows",
      commit: textOrNumber(record, "commit"),
      cve: textOrNumber(record, "cve"),
    }),
  ];
};

const cveAt = (record: JsonObject, ...keys: readonly string[]): string | undefined =>
  /CVE-\d{4}-\d+/i.exec(textOrNumber(record, ...keys) ?? "")?.[0].toUpperCase();

export const FORMATS = {
  sven: readSven,
  primevul: readPrimeVul,
  "primevul-paired": readPrimeVul,
  r2vul: readR2Vul,
  prosec: readProSec,
  seccoderx: readSecCoderX,
  rows: readOwn,
} as const satisfies Readonly<Record<string, ReadRecord>>;

export type FormatName = keyof typeof FORMATS;
