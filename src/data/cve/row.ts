/** One vulnerability record in the single shape into which every source is brought, and the rule for its label. */

/** Who named a weakness: the CNA of the record, an authorised data publisher, or another database. */
export type CweSource = "cna" | "cisa-adp" | "adp" | "nvd" | "osv" | "ghsa";

export interface CweMention {
  /** In the form CWE-79. */
  readonly cwe: string;
  readonly source: CweSource;
  /** A field made for it, free text that contains "CWE-79", or free text that is the name of the weakness. */
  readonly from: "id" | "text" | "name";
}

export type RecordState = "PUBLISHED" | "REJECTED" | "RESERVED";

/** Where a row was read. */
export interface Provenance {
  readonly format: "cve" | "nvd" | "osv" | "ghsa";
  /** Version of the record's schema, where it says one. */
  readonly schema: string | null;
  /** Path below the input, or the name of the input itself. */
  readonly file: string;
  /** 1-based; null when the file is one record. */
  readonly line: number | null;
  /** When the source last changed the record. */
  readonly updated: string | null;
}

export interface CveRow {
  /** CVE id; an OSV or GHSA advisory without one keeps its own id. */
  readonly cve_id: string;
  /** Year of the id, else of the publication. */
  readonly year: number | null;
  readonly state: RecordState;
  /** YYYY-MM-DD */
  readonly date_published: string | null;
  /** The first English text, white space collapsed; the first text of all when there is no English one. */
  readonly description: string;
  /** Language of `description`; null without a description. */
  readonly lang: string | null;
  readonly cwe: string | null;
  readonly cwe_source: CweSource | null;
  /** Every weakness named, in order, without repetitions. */
  readonly cwe_all: readonly string[];
  readonly mentions: readonly CweMention[];
  readonly assigner: string | null;
  /** Base score, 0 to 10. */
  readonly cvss: number | null;
  readonly exploitation: string | null;
  readonly provenance: Provenance;
}

/** What a parser of one format finds; `finishRow` turns it into a row. */
export interface ParsedRecord extends Omit<
  CveRow,
  "year" | "description" | "lang" | "cwe" | "cwe_source" | "cwe_all" | "provenance"
> {
  readonly texts: readonly { readonly lang: string; readonly text: string }[];
  readonly schema: string | null;
  readonly updated: string | null;
}

/** Decides which CWE may be a label. */
export type IsLabel = (cwe: string) => boolean;

const LABEL_ORDER: readonly CweSource[] = ["cna", "cisa-adp", "adp", "nvd", "ghsa", "osv"];

/** The first weakness that the CNA named, else the first of CISA, else of the others in `LABEL_ORDER`. */
export function chooseLabel(mentions: readonly CweMention[], isLabel: IsLabel): CweMention | undefined {
  for (const source of LABEL_ORDER) {
    const first = mentions.find((mention) => mention.source === source && isLabel(mention.cwe));
    if (first !== undefined) return first;
  }
  return undefined;
}

export function finishRow(
  record: ParsedRecord,
  place: Pick<Provenance, "format" | "file" | "line">,
  isLabel: IsLabel,
): CveRow {
  const text = record.texts.find(({ lang }) => isEnglish(lang)) ?? record.texts[0];
  const label = chooseLabel(record.mentions, isLabel);
  const year = /^CVE-(\d{4})-/.exec(record.cve_id)?.[1] ?? record.date_published?.slice(0, 4);
  return {
    cve_id: record.cve_id,
    year: year === undefined ? null : Number(year),
    state: record.state,
    date_published: record.date_published?.slice(0, 10) ?? null,
    description: text?.text ?? "",
    lang: text?.lang ?? null,
    cwe: label?.cwe ?? null,
    cwe_source: label?.source ?? null,
    cwe_all: [...new Set(record.mentions.map((mention) => mention.cwe))],
    mentions: record.mentions,
    assigner: record.assigner,
    cvss: record.cvss,
    exploitation: record.exploitation,
    provenance: { ...place, schema: record.schema, updated: record.updated },
  };
}

/** `en`, `en-US`, `eng`. */
export function isEnglish(lang: string): boolean {
  return /^en(g?$|[-_])/i.test(lang);
}
