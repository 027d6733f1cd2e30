/** Advisories: OSV 1.x files (GitHub's database exports its own in that form) and the answers of GitHub's API. */
import { InputError } from "../../core/errors.ts";
import { collapse, objectAt, objectsAt, textAt, type JsonObject } from "./json.ts";
import { distinct, mentionsIn } from "./mentions.ts";
import type { CweSource, ParsedRecord } from "./row.ts";

/** Throws InputError that names the key; the caller knows the file. */
export function parseOsv(record: JsonObject): ParsedRecord {
  const id = textAt(record, "id");
  if (id === null) throw new InputError("id: expected the id of an advisory");
  const version = textAt(record, "schema_version");
  if (version !== null && !version.startsWith("1."))
    throw new InputError(`schema_version: expected 1.x, got ${JSON.stringify(version)}`);
  const own = objectAt(record, "database_specific");
  const source: CweSource = id.startsWith("GHSA-") ? "ghsa" : "osv";
  return {
    cve_id: [id, ...strings(record["aliases"])].find((name) => name.startsWith("CVE-")) ?? id,
    state: textAt(record, "withdrawn") === null ? "PUBLISHED" : "REJECTED",
    date_published: textAt(record, "published"),
    texts: englishText(record, "details"),
    mentions: distinct(
      strings(own["cwe_ids"] ?? own["cwes"]).flatMap((cwe) =>
        mentionsIn({ id: cwe, text: null }, source, () => undefined),
      ),
    ),
    assigner: null,
    cvss: null,
    exploitation: null,
    schema: version,
    updated: textAt(record, "modified"),
  };
}

/** Throws InputError that names the key; the caller knows the file. */
export function parseGhsa(record: JsonObject): ParsedRecord {
  const id = textAt(record, "ghsa_id");
  if (id === null) throw new InputError("ghsa_id: expected the id of an advisory");
  const score = objectAt(record, "cvss")["score"];
  return {
    cve_id: textAt(record, "cve_id") ?? id,
    state: textAt(record, "withdrawn_at") === null ? "PUBLISHED" : "REJECTED",
    date_published: textAt(record, "published_at"),
    texts: englishText(record, "description"),
    mentions: distinct(
      objectsAt(record, "cwes").flatMap((cwe) =>
        mentionsIn({ id: textAt(cwe, "cwe_id"), text: null }, "ghsa", () => undefined),
      ),
    ),
    assigner: null,
    cvss: typeof score === "number" ? score : null,
    exploitation: null,
    schema: null,
    updated: textAt(record, "updated_at"),
  };
}

/** Advisories carry no language; their guidelines ask for English. */
function englishText(record: JsonObject, key: string): ParsedRecord["texts"] {
  const text = collapse(textAt(record, key) ?? textAt(record, "summary") ?? "");
  return text === "" ? [] : [{ lang: "en", text }];
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
