/** CVE JSON 5.x records: a CNA container and any number of ADP containers. Facts: the CVE record format 5.x schema. */
import { InputError } from "../../core/errors.ts";
import { collapse, objectAt, objectsAt, textAt, type JsonObject } from "./json.ts";
import { distinct, mentionsIn, type CweOfName } from "./mentions.ts";
import type { CweMention, CweSource, ParsedRecord, RecordState } from "./row.ts";

const STATES: readonly string[] = ["PUBLISHED", "REJECTED", "RESERVED"];

/** Throws InputError that names the key; the caller knows the file. */
export function parseCve5(record: JsonObject, cweOfName: CweOfName): ParsedRecord {
  const version = textAt(record, "dataVersion");
  if (version === null || !/^5(\.|$)/.test(version))
    throw new InputError(`dataVersion: expected 5.x, got ${JSON.stringify(record["dataVersion"] ?? null)}`);
  const meta = objectAt(record, "cveMetadata");
  const id = textAt(meta, "cveId");
  if (id === null) throw new InputError("cveMetadata.cveId: expected a CVE id");
  const state = textAt(meta, "state");
  if (state === null || !STATES.includes(state))
    throw new InputError(
      `cveMetadata.state: expected ${STATES.join(", ")}, got ${JSON.stringify(meta["state"])}`,
    );
  const containers = objectAt(record, "containers");
  const cna = objectAt(containers, "cna");
  const adps = objectsAt(containers, "adp");
  const texts = state === "REJECTED" ? objectsAt(cna, "rejectedReasons") : objectsAt(cna, "descriptions");
  return {
    cve_id: id,
    state: state as RecordState,
    date_published: textAt(meta, "datePublished") ?? textAt(cna, "datePublic"),
    texts: texts
      .map((text) => ({ lang: textAt(text, "lang") ?? "en", text: collapse(textAt(text, "value") ?? "") }))
      .filter(({ text }) => text !== ""),
    mentions: distinct([
      ...mentionsOf(cna, "cna", cweOfName),
      ...adps.flatMap((adp) => mentionsOf(adp, sourceOf(adp), cweOfName)),
    ]),
    assigner: textAt(meta, "assignerShortName"),
    cvss: firstOf([cna, ...adps], baseScore),
    exploitation: firstOf(adps, exploitation),
    schema: version,
    updated: textAt(meta, "dateUpdated"),
  };
}

function sourceOf(adp: JsonObject): CweSource {
  return textAt(objectAt(adp, "providerMetadata"), "shortName") === "CISA-ADP" ? "cisa-adp" : "adp";
}

function mentionsOf(container: JsonObject, source: CweSource, cweOfName: CweOfName): CweMention[] {
  return objectsAt(container, "problemTypes").flatMap((problem) =>
    objectsAt(problem, "descriptions").flatMap((said) =>
      mentionsIn({ id: textAt(said, "cweId"), text: textAt(said, "description") }, source, cweOfName),
    ),
  );
}

function firstOf<T>(containers: readonly JsonObject[], read: (container: JsonObject) => T | null): T | null {
  for (const container of containers) {
    const found = read(container);
    if (found !== null) return found;
  }
  return null;
}

const SCORES = ["cvssV4_0", "cvssV3_1", "cvssV3_0", "cvssV2_0"];

function baseScore(container: JsonObject): number | null {
  for (const metric of objectsAt(container, "metrics"))
    for (const key of SCORES) {
      const score = objectAt(metric, key)["baseScore"];
      if (typeof score === "number") return score;
    }
  return null;
}

/** CISA's answer to "is it exploited" (SSVC): none, poc or active. */
function exploitation(adp: JsonObject): string | null {
  for (const metric of objectsAt(adp, "metrics")) {
    const other = objectAt(metric, "other");
    if (textAt(other, "type") !== "ssvc") continue;
    for (const option of objectsAt(objectAt(other, "content"), "options")) {
      const answer = textAt(option, "Exploitation");
      if (answer !== null) return answer;
    }
  }
  return null;
}
