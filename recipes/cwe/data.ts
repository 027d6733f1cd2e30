/** The data set of the CWE recipes: rows with labels, split by date as the published bars are. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { InputError } from "../../src/core/errors.ts";
import type { EventSink } from "../../src/core/events.ts";
import {
  buildDataset,
  loadCatalogue,
  readRows,
  writeDataset,
  type Catalogue,
  type Dataset,
} from "../../src/data/cwe/index.ts";
import { projectRoot } from "../../src/util/root.ts";

/** Where data that the project does not ship lies: beside it. */
const BESIDE = join(projectRoot(), "../shared/data");
const day = z.string().regex(/^\d{4}-\d\d-\d\d$/, "expected YYYY-MM-DD");

export const DataSchema = z.strictObject({
  /** JSON Lines, as `ironbark data cve` writes them; empty: the table beside the project. */
  rows: z.string().default(""),
  /** Table of weaknesses; empty: the one beside the project. */
  weaknesses: z.string().default(""),
  validation: day.default("2024-07-01"),
  test: day.default("2024-08-01"),
  end: day.default("2024-10-01"),
  minRows: z.int().positive().default(20),
  cap: z.int().nonnegative().default(0),
  weighting: z.enum(["none", "sqrt", "balanced"]).default("none"),
  level: z.enum(["Pillar", "Class", "Base"]).optional(),
});

/** Builds the data set and writes it to `folder`. Throws InputError that says which file is missing. */
export async function prepareData(
  config: z.output<typeof DataSchema>,
  seed: number,
  folder: string,
  emit: EventSink,
): Promise<{ dataset: Dataset; catalogue: Catalogue }> {
  const files = {
    rows: config.rows === "" ? join(BESIDE, "cve_cwe/cve_cwe.jsonl") : resolve(config.rows),
    catalogue: config.weaknesses === "" ? join(BESIDE, "cwe/cwe.jsonl") : resolve(config.weaknesses),
  };
  for (const [key, path] of [
    ["data.rows", files.rows],
    ["data.weaknesses", files.catalogue],
  ] as const)
    if (!existsSync(path)) throw new InputError(`${key}: no file ${path}`, { hint: `--set ${key}=FILE` });
  const { validation, test, end, minRows, cap, weighting, level } = config;
  const options = {
    dates: { validation, test, end },
    minRows,
    cap,
    weighting,
    seed,
    ...(level === undefined ? {} : { level }),
  };
  const catalogue = loadCatalogue(files.catalogue);
  const dataset = buildDataset(await readRows(files.rows), catalogue, options);
  await writeDataset(folder, dataset, catalogue, files, options);
  const { splits, classes } = dataset.counts;
  emit({
    kind: "note",
    text: `${classes} classes; ${splits.train.rows} rows to train on, ${splits.validation.rows} to validate, ${splits.test.rows} to test`,
  });
  return { dataset, catalogue };
}
