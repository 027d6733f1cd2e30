/** `ironbark data reasoning`: what the reward model's cold start learns from, by a model that reasons or by rule. */
import { InputError } from "../../core/errors.ts";
import type { Completion } from "../../core/sampler.ts";
import { command } from "../command.ts";
import { readNamed } from "../files.ts";
import { wholeNumber } from "../flags.ts";
import { table } from "../render.ts";
import { samplingArgs, samplingOf } from "../sampling-flags.ts";

const SIDES = ["train", "held-out"] as const;

export default command({
  name: "data reasoning",
  description:
    "Add reasoning to labelled functions: what a model says of them, where it comes to the label; or pairs of our own, with reasoning by rule",
  examples: [
    "data reasoning rows.jsonl --samplers samplers.json --template cwe --cwe cwe.jsonl --samples 4 --out reasoned.jsonl",
    "data reasoning --by-rule train --out reasoned.jsonl",
  ],
  args: {
    rows: { type: "positional", required: false, description: "Rows as `data detection` writes them" },
    samplers: {
      type: "string",
      description: "The model to ask: the file's first (docs/codegen.md)",
      valueHint: "FILE",
    },
    "by-rule": {
      type: "enum",
      options: [...SIDES],
      description: "Instead of rows: pairs of our own of this side, whose families share no name or layout",
    },
    "per-family": {
      type: "string",
      default: "12",
      description: "Pairs of each family, by rule",
      valueHint: "N",
    },
    out: { type: "string", required: true, description: "File to write: .jsonl", valueHint: "FILE" },
    template: { type: "enum", options: ["blind", "cwe"], default: "cwe", description: "What is asked" },
    cwe: { type: "string", description: "Table of weaknesses: names", valueHint: "FILE" },
    samples: { type: "string", default: "4", description: "Answers asked for each row", valueHint: "N" },
    keep: { type: "string", default: "1", description: "Kept of each row at most", valueHint: "N" },
    ...samplingArgs({ temperature: "0.8", maxTokens: "4096" }),
    seed: { type: "string", default: "1", description: "Of sampling and of pairs by rule", valueHint: "N" },
  },
  run: async (args, { emit, signal }) => {
    const seed = wholeNumber("seed", args.seed);
    const { writeFileAtomic } = await import("../../runs/files.ts");
    const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    if (args["by-rule"] !== undefined) {
      if (args.rows !== undefined || args.samplers !== undefined)
        throw new InputError("data reasoning: --by-rule makes its own rows: leave out rows and --samplers");
      const count = wholeNumber("per-family", args["per-family"], 1);
      const { ownPairs } = await import("../../data/detection/own-pairs.ts");
      const { verdictText } = await import("../../rewards/detect.ts");
      const side = args["by-rule"] as (typeof SIDES)[number];
      const facts = ownPairs({ seed, side, perApplication: count, perChore: count });
      const rows = facts.map(({ reasoning, ...row }) => ({
        ...row,
        answer: verdictText(reasoning, row.is_vulnerable),
      }));
      writeFileAtomic(args.out, lines(rows));
      const families = new Set(rows.map(({ family }) => family)).size;
      const data = { out: args.out, rows: rows.length, families };
      return { data, text: `${rows.length} rows of ${families} families in ${args.out}` };
    }
    if (args.rows === undefined || args.samplers === undefined)
      throw new InputError("data reasoning: expected rows and --samplers, or --by-rule");
    const samples = wholeNumber("samples", args.samples, 1);
    const keep = wholeNumber("keep", args.keep, 1);
    const sampling = samplingOf(args);
    const { checkSampler, openSampler, parseSamplers } = await import("../../model/samplers/index.ts");
    const file = args.samplers;
    const [entry] = parseSamplers(readNamed(file, `--samplers ${file}`).toString("utf8"), file);
    checkSampler(entry!, file);
    const { readDetectionRows } = await import("../../data/detection/index.ts");
    const { asksForCwe, TEMPLATES } = await import("../../eval/detect/index.ts");
    const { reasonBySampler } = await import("../../envs/alignment/reasoning.ts");
    const { openKeyedLog } = await import("../../runs/keyed-log.ts");
    const template = TEMPLATES[args.template as "blind" | "cwe"].text;
    const all = await readDetectionRows(args.rows);
    const rows = asksForCwe(template) ? all.filter(({ cwe }) => cwe.length > 0) : all;
    const describe = await describer(args.cwe);
    const completions = openKeyedLog<Completion>(`${args.out}.answers`);
    const sampler = await openSampler(entry!, file);
    try {
      const options = {
        sampler,
        template,
        describe,
        sampling,
        samples,
        keep,
        seed,
        completions,
        emit,
        signal,
      };
      const { reasoned, counts } = await reasonBySampler(rows, options);
      writeFileAtomic(args.out, lines(reasoned));
      const data = { out: args.out, without_cwe: all.length - rows.length, ...counts };
      return {
        data,
        text: table(Object.entries(data).map(([name, value]) => [name.replaceAll("_", " "), String(value)])),
        ...(counts.unanswered > 0 ? { exitCode: 4 as const } : {}),
      };
    } finally {
      completions.close();
      await sampler.close();
    }
  },
});

async function describer(file: string | undefined): Promise<(cwe: string) => string> {
  if (file === undefined) return (cwe) => cwe;
  const { loadCatalogue } = await import("../../data/cwe/index.ts");
  const { weaknesses } = loadCatalogue(file);
  return (cwe) => (weaknesses.has(cwe) ? `${cwe} (${weaknesses.get(cwe)!.name})` : cwe);
}
