/** A data set as a folder: one file per split, the labels, the table of weaknesses, and a card that says what is in it. */
import { createHash } from "node:crypto";
import { createReadStream, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { writeFolderAtomic } from "../../runs/files.ts";
import { sha256 } from "../../util/hash.ts";
import type { BuildOptions, Dataset } from "./build.ts";
import type { Catalogue } from "./catalogue.ts";
import { SPLITS } from "./split.ts";

export interface DatasetSource {
  readonly rows: string;
  readonly catalogue: string;
}

/** Writes the folder whole or not at all, and returns the card. */
export async function writeDataset(
  path: string,
  dataset: Dataset,
  catalogue: Catalogue,
  source: DatasetSource,
  options: BuildOptions,
): Promise<Record<string, unknown>> {
  const inputs = {
    rows: { file: basename(source.rows), sha256: await hashFile(source.rows) },
    catalogue: { file: basename(source.catalogue), sha256: await hashFile(source.catalogue) },
  };
  const card: Record<string, unknown> = { inputs, options, counts: dataset.counts };
  await writeFolderAtomic(path, (folder) => {
    const files: Record<string, string> = {};
    const put = (name: string, text: string): void => {
      writeFileSync(join(folder, name), text);
      files[name] = sha256(text);
    };
    for (const split of SPLITS) put(`${split}.jsonl`, jsonl(dataset.splits[split]));
    put("labels.json", `${JSON.stringify(dataset.labels)}\n`);
    put("cwe.jsonl", jsonl([...catalogue.weaknesses.values()]));
    card["files"] = files;
    writeFileSync(join(folder, "card.json"), `${JSON.stringify(card, null, 2)}\n`);
    writeFileSync(join(folder, "README.md"), describeDataset(dataset, inputs, files, options));
  });
  return card;
}

const jsonl = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex");
}

/** The card for people. */
function describeDataset(
  { counts, splits, labels }: Dataset,
  inputs: Readonly<Record<string, { file: string; sha256: string }>>,
  files: Readonly<Record<string, string>>,
  options: BuildOptions,
): string {
  const training = new Map<string, number>();
  for (const { cwe } of splits.train) training.set(cwe, (training.get(cwe) ?? 0) + 1);
  const lines = [
    "# Descriptions of vulnerabilities with their weaknesses",
    "",
    `${counts.rows} rows came in. Literal CWE identifiers are masked (${counts.masked} rows). Near-duplicates, texts that differ in digits and dots only, form groups; a group that would cross a split is kept in its latest split only. ${counts.classes} classes have at least ${options.minRows} training rows; the rows of validation and test keep other labels, which count as wrong.`,
    "",
    "| split | rows | with a known class | from | to |",
    "|---|---|---|---|---|",
    ...SPLITS.map((split) => {
      const { rows, known, from, to } = counts.splits[split];
      return `| ${split} | ${rows} | ${known} | ${from ?? "-"} | ${to ?? "-"} |`;
    }),
    "",
    "| left out because | rows |",
    "|---|---|",
    ...Object.entries(counts.left_out).map(
      ([reason, count]) => `| ${reason.replaceAll("_", " ")} | ${count} |`,
    ),
    "",
    "| file | SHA-256 |",
    "|---|---|",
    ...Object.values(inputs).map(({ file, sha256: hash }) => `| ${file} (input) | ${hash} |`),
    ...Object.entries(files).map(([file, hash]) => `| ${file} | ${hash} |`),
    "",
    "| class | training rows |",
    "|---|---|",
    ...labels.map((label) => `| ${label} | ${training.get(label) ?? 0} |`),
    "",
    "CVE is a registered trademark of The MITRE Corporation; the table of weaknesses is (c) The MITRE Corporation, used under the CWE Terms of Use.",
    "",
  ];
  return lines.join("\n");
}
