/** Tells the formats of vulnerability records apart and reads one record. */
import { InputError } from "../../core/errors.ts";
import { parseGhsa, parseOsv } from "./advisory.ts";
import { parseCve5 } from "./cve5.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { CweOfName } from "./mentions.ts";
import { parseNvd } from "./nvd.ts";
import { finishRow, type CveRow, type IsLabel, type ParsedRecord, type Provenance } from "./row.ts";

export interface Labelling {
  /** Which CWE may be a label; without a table of weaknesses every one may. */
  readonly isLabel: IsLabel;
  readonly cweOfName: CweOfName;
}

export const ANY_LABEL: Labelling = { isLabel: () => true, cweOfName: () => undefined };

/** Reads one record from its JSON text. Throws InputError that says what is wrong; the caller knows the place. */
export function parseRecord(
  text: string,
  place: Pick<Provenance, "file" | "line">,
  labelling: Labelling = ANY_LABEL,
): CveRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(`expected JSON (${(error as Error).message.replace(/\s+/g, " ").slice(0, 120)})`);
  }
  if (!isObject(value)) throw new InputError("expected a JSON object with a vulnerability record");
  const [format, record] = parseAs(value, labelling);
  return finishRow(record, { format, ...place }, labelling.isLabel);
}

function parseAs(value: JsonObject, { cweOfName }: Labelling): [Provenance["format"], ParsedRecord] {
  if ("cveMetadata" in value || value["dataType"] === "CVE_RECORD")
    return ["cve", parseCve5(value, cweOfName)];
  if (isObject(value["cve"]) && "id" in value["cve"]) return ["nvd", parseNvd(value)];
  if ("ghsa_id" in value) return ["ghsa", parseGhsa(value)];
  if ("id" in value && ("modified" in value || "schema_version" in value)) return ["osv", parseOsv(value)];
  if ("data_version" in value || "CVE_data_meta" in value || "CVE_Items" in value)
    throw new InputError("is in an old form (CVE JSON 4, NVD 1.1); expected CVE JSON 5.x or NVD 2.0");
  throw new InputError("expected a record of CVE JSON 5.x, NVD 2.0, OSV 1.x or GitHub advisories");
}
