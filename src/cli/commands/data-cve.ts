/** `ironbark data cve`: vulnerability records of several formats become rows of one shape. */
import { InputError } from "../../core/errors.ts";
import type { ImportReport, RowWriter } from "../../data/cve/index.ts";
import { command } from "../command.ts";
import { repeatedFlag } from "../flags.ts";
import { cell, table } from "../render.ts";

export default command({
  name: "data cve",
  description:
    "Import CVE JSON 5.x, NVD 2.0, OSV and GitHub advisories from a folder tree, a zip archive or a file",
  examples: [
    "data cve cves.zip --out cves.jsonl",
    "data cve cvelistV5/cves --cwe cwe.jsonl --out cves.jsonl --out cves.parquet",
    "data cve nvdcve-2.0-2024.json.gz --keep-going --out nvd.jsonl --json",
  ],
  args: {
    input: { type: "positional", required: true, description: "Folder, .zip, .json, .jsonl, .ndjson or .gz" },
    out: {
      type: "string",
      description: "File to write, .jsonl or .parquet; may be given several times",
      valueHint: "FILE",
    },
    cwe: {
      type: "string",
      description:
        "Table of weaknesses (JSON Lines): labels are then weaknesses only, and names are understood",
      valueHint: "FILE",
    },
    "keep-going": { type: "boolean", description: "Name, count and skip records that cannot be read" },
    "all-states": { type: "boolean", description: "Write rejected and reserved records too" },
  },
  run: async (args, { emit, signal, rawArgs }) => {
    const outs = repeatedFlag(rawArgs, "out");
    if (outs.length === 0) throw new InputError("data cve: expected --out FILE");
    const { importRecords, openWriter } = await import("../../data/cve/index.ts");
    const { labellingBy } = await import("../../data/cwe/labelling.ts");
    const labelling = args.cwe === undefined ? {} : { labelling: labellingBy(args.cwe) };
    const writers: RowWriter[] = [];
    const started = performance.now();
    try {
      for (const out of outs) writers.push(await openWriter(out));
      const report = await importRecords(
        args.input,
        (row) => {
          for (const writer of writers) writer.write(row);
        },
        {
          keepGoing: args["keep-going"] === true,
          allStates: args["all-states"] === true,
          ...labelling,
          emit,
          signal,
        },
      );
      for (const writer of writers) writer.finish();
      const seconds = (performance.now() - started) / 1000;
      const data = { ...report, seconds, records_per_second: report.records / seconds, out: outs };
      return { data, text: describe(data) };
    } catch (error) {
      for (const writer of writers) writer.discard();
      throw error;
    }
  },
});

function describe(data: ImportReport & { seconds: number; out: readonly string[] }): string {
  const { problems: _, labels, out, seconds, ...counts } = data;
  const sources = Object.entries(labels).map(([source, count]) => [`label by ${source}`, cell(count)]);
  return [
    table([
      ...Object.entries(counts).map(([name, count]) => [name, cell(Math.round(count as number))]),
      ...sources,
    ]),
    `${out.join(", ")} in ${seconds.toFixed(1)} s`,
  ].join("\n");
}
