/** Records of the NVD API and feeds, version 2.0: `{"cve": {...}}`. */
import { InputError } from "../../core/errors.ts";
import { collapse, objectAt, objectsAt, textAt, type JsonObject } from "./json.ts";
import { distinct, mentionsIn } from "./mentions.ts";
import type { ParsedRecord } from "./row.ts";

const SCORES = ["cvssMetricV40", "cvssMetricV31", "cvssMetricV30", "cvssMetricV2"];

/** Throws InputError that names the key; the caller knows the file. */
export function parseNvd(item: JsonObject): ParsedRecord {
  const cve = objectAt(item, "cve");
  const id = textAt(cve, "id");
  if (id === null)
    throw new InputError("cve.id: expected a CVE id", { hint: "NVD feeds are read in version 2.0" });
  return {
    cve_id: id,
    state: textAt(cve, "vulnStatus") === "Rejected" ? "REJECTED" : "PUBLISHED",
    date_published: textAt(cve, "published"),
    texts: objectsAt(cve, "descriptions")
      .map((text) => ({ lang: textAt(text, "lang") ?? "en", text: collapse(textAt(text, "value") ?? "") }))
      .filter(({ text }) => text !== ""),
    // NVD-CWE-noinfo and NVD-CWE-Other name no weakness; the pattern passes over them.
    mentions: distinct(
      weaknesses(cve).flatMap(({ source, value }) =>
        mentionsIn({ id: value, text: null }, source, () => undefined),
      ),
    ),
    assigner: textAt(cve, "sourceIdentifier"),
    cvss: baseScore(objectAt(cve, "metrics")),
    exploitation: null,
    schema: "2.0",
    updated: textAt(cve, "lastModified"),
  };
}

/** NVD repeats what the CNA said and adds its own; an address of nvd.nist.gov tells them apart. */
function weaknesses(cve: JsonObject): { source: "nvd" | "cna"; value: string | null }[] {
  return objectsAt(cve, "weaknesses").flatMap((weakness) => {
    const source = (textAt(weakness, "source") ?? "").endsWith("nist.gov") ? "nvd" : "cna";
    return objectsAt(weakness, "description").map((text) => ({
      source: source as "nvd" | "cna",
      value: textAt(text, "value"),
    }));
  });
}

function baseScore(metrics: JsonObject): number | null {
  for (const key of SCORES)
    for (const metric of objectsAt(metrics, key)) {
      const score = objectAt(metric, "cvssData")["baseScore"];
      if (typeof score === "number") return score;
    }
  return null;
}
