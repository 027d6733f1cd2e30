/** `ironbark data detection`: published sets of vulnerable and fixed functions become rows of one shape. */
import { InputError } from "../../core/errors.ts";
import type { FormatName, ImportReport, SetInput } from "../../data/detection/index.ts";
import { command, type CommandContext, type CommandResult } from "../command.ts";
import { repeatedFlag, splitOnce, wholeNumber } from "../flags.ts";
import { table } from "../render.ts";
import { didYouMean } from "../suggest.ts";

const FORMATS = ["sven", "primevul", "primevul-paired", "r2vul", "prosec", "seccoderx", "rows"];

const COMMON = {
  out: { type: "string", required: true, description: "File to write: .jsonl", valueHint: "FILE" },
  "held-out": {
    type: "string",
    description: "Set that is only read: what it holds is left out of the others; may be given several times",
    valueHint: "FORMAT=PATH",
  },
  dedupe: {
    type: "enum",
    options: ["both", "function", "commit", "none"] as string[],
    default: "both",
    description: "By what a row is known from another set: normalised function, commit",
  },
  "max-chars": { type: "string", default: "200000", description: "Longest function", valueHint: "N" },
  "keep-going": { type: "boolean", description: "Name, count and skip records that cannot be used" },
} as const;

interface Typed {
  readonly out: string;
  readonly dedupe: string;
  readonly "max-chars": string;
  readonly "keep-going"?: boolean | undefined;
}

export default command({
  name: "data detection",
  description:
    "Import PrimeVul, SVEN, R2Vul, ProSec and SecCoderX as they are published, without what two sets have in common",
  examples: [
    "data detection --set sven=train.jsonl --out sven.jsonl",
    "data detection --set primevul=primevul_train.jsonl --set r2vul=r2vul_dataset/train --held-out primevul-paired=primevul_test_paired.jsonl --out train.jsonl",
  ],
  args: {
    set: {
      type: "string",
      required: true,
      description: `Set to import, ${FORMATS.join(", ")}; may be given several times, the earlier keeps what two share`,
      valueHint: "FORMAT=PATH",
    },
    ...COMMON,
  },
  run: async (args, context) =>
    importSets(
      repeatedFlag(context.rawArgs, "set").map((text) => parseSet("set", text)),
      args,
      context,
    ),
});

/** `ironbark data sven PATH`: one set by its name. */
export const sven = command({
  name: "data sven",
  description: "Import SVEN's pairs of vulnerable and fixed functions",
  examples: ["data sven train.jsonl --out sven.jsonl"],
  args: {
    input: { type: "positional", required: true, description: "File or folder of its JSON Lines" },
    ...COMMON,
  },
  run: async (args, context) =>
    importSets([{ format: "sven", path: args.input, heldOut: false }], args, context),
});

function parseSet(flag: string, text: string): SetInput {
  const [format, path] = splitOnce(text, "=");
  if (!FORMATS.includes(format))
    throw new InputError(
      `--${flag}: expected FORMAT=PATH, got ${JSON.stringify(text)}${didYouMean(format, FORMATS)}`,
      { hint: `formats: ${FORMATS.join(", ")}` },
    );
  if (!path) throw new InputError(`--${flag} ${format}: expected ${format}=PATH`);
  return { format: format as FormatName, path, heldOut: flag === "held-out" };
}

async function importSets(
  sets: readonly SetInput[],
  typed: Typed,
  { emit, signal, rawArgs }: CommandContext,
): Promise<CommandResult> {
  const heldOut = repeatedFlag(rawArgs, "held-out").map((text) => parseSet("held-out", text));
  const maxChars = wholeNumber("max-chars", typed["max-chars"], 1);
  if (!typed.out.endsWith(".jsonl"))
    throw new InputError(`--out ${typed.out}: expected a name that ends in .jsonl`);
  const { importDetection } = await import("../../data/detection/index.ts");
  const { checkFolderOf, jsonlWriter } = await import("../../data/jsonl-writer.ts");
  checkFolderOf(typed.out);
  const writer = jsonlWriter(typed.out);
  try {
    const report = await importDetection([...heldOut, ...sets], writer.write, {
      dedupe: {
        function: typed.dedupe === "both" || typed.dedupe === "function",
        commit: typed.dedupe === "both" || typed.dedupe === "commit",
      },
      maxChars,
      keepGoing: typed["keep-going"] === true,
      emit,
      signal,
    });
    if (report.written === 0)
      throw new InputError(`${sets.map(({ path }) => path).join(", ")}: no row is left`);
    writer.finish();
    for (const problem of report.problems) emit({ kind: "note", text: `left out: ${problem}` });
    return { data: { out: typed.out, ...report }, text: describe(report, typed.out) };
  } catch (error) {
    writer.discard();
    throw error;
  }
}

function describe({ sets, overlap, written }: ImportReport, out: string): string {
  const reasons = Object.keys(sets[0]!.left_out) as (keyof (typeof sets)[number]["left_out"])[];
  const lines: [string, (set: (typeof sets)[number]) => string | number][] = [
    ["records", ({ records }) => records],
    ["cannot be used", ({ bad }) => bad],
    ["rows", ({ rows }) => rows],
    ["too long", ({ too_long: count }) => count],
    ...reasons.map((reason): [string, (set: (typeof sets)[number]) => number] => [
      `left out: ${reason.replaceAll("_", " ")}`,
      (set) => set.left_out[reason],
    ]),
    ["written", (set) => (set.held_out ? "held out" : set.written)],
    ["of these vulnerable", ({ vulnerable }) => vulnerable],
    ["pairs", ({ pairs }) => pairs],
    ["without their other half", ({ unpaired }) => unpaired],
    ["without a weakness", ({ without_cwe: count }) => count],
    [
      "languages",
      ({ languages }) =>
        Object.entries(languages)
          .map(([name, n]) => `${name} ${n}`)
          .join(", "),
    ],
  ];
  return [
    table([
      ["", ...sets.map(({ format }) => format)],
      ...lines.map(([title, of]) => [title, ...sets.map((set) => String(of(set)))]),
    ]),
    ...(overlap.length === 0
      ? []
      : [
          table([
            ["in both", "", "functions", "commits"],
            ...overlap.map((one) => [one.first, one.second, String(one.functions), String(one.commits)]),
          ]),
        ]),
    `${written} rows in ${out}`,
  ].join("\n\n");
}
