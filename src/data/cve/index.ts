/** Vulnerability records: import from CVE, NVD, OSV and GitHub, with provenance. */
export { importRecords, type ImportOptions, type ImportReport } from "./import.ts";
export { maskCweIds } from "./mentions.ts";
export { parseRecord, type Labelling } from "./record.ts";
export { chooseLabel, isEnglish, type CveRow, type CweMention } from "./row.ts";
export { openWriter, type RowWriter } from "./write.ts";
