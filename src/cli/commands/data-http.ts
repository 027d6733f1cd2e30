/** `ironbark data http`: labelled pairs of request and response, true by construction. */
import { InputError } from "../../core/errors.ts";
import type { HttpPair } from "../../core/http.ts";
import { command } from "../command.ts";
import { numberOf, wholeNumber } from "../flags.ts";
import { table } from "../render.ts";

const SPLITS = ["train", "dev", "test"] as const;
/** Pairs between two reports of progress. */
const REPORT_EVERY = 500;

export default command({
  name: "data http",
  description:
    "Make labelled HTTP pairs, by construction or with language models; the oracle checks each of them",
  examples: [
    "data http --count 10000 --seed 1 --out pairs.jsonl",
    "data http --count 200 --category XSS --split test --out pairs.db",
    "data http --samplers author.json --count 200 --ceiling 5 --out written.jsonl",
  ],
  args: {
    out: {
      type: "string",
      required: true,
      description: "File to write: .jsonl, .parquet, or .db for JanusLM's SQLite tables",
    },
    count: { type: "string", default: "10000", description: "Pairs; half of them vulnerable" },
    seed: { type: "string", default: "1", description: "The same seed gives the same pairs" },
    category: { type: "string", description: "Only these categories, separated by commas" },
    split: { type: "string", description: "Only templates of these splits: train, dev, test" },
    samplers: {
      type: "string",
      description: "A model that writes the pairs (docs/codegen.md); goes on where it was interrupted",
      valueHint: "FILE",
    },
    templates: {
      type: "string",
      description: "With --samplers: sound pairs to begin with, <<<<>>>> between parts (default: our own)",
      valueHint: "FILE",
    },
    ceiling: {
      type: "string",
      description: "With --samplers: most that all its calls may cost",
      valueHint: "COST",
    },
    temperature: { type: "string", default: "0.8", description: "With --samplers" },
    "max-tokens": {
      type: "string",
      default: "4096",
      description: "With --samplers: of an answer",
      valueHint: "N",
    },
  },
  run: async (args, context) => {
    const { emit, signal } = context;
    const { HTTP_CATEGORIES } = await import("../../core/index.ts");
    const count = wholeNumber("count", args.count, 2);
    const seed = wholeNumber("seed", args.seed);
    const categories = listed("category", args.category, HTTP_CATEGORIES);
    const splits = listed("split", args.split, SPLITS);
    if (args.samplers !== undefined) {
      const { dataByAgents } = await import("../http-agents.ts");
      const settings = {
        samplers: args.samplers,
        templates: args.templates,
        out: args.out,
        count,
        seed,
        categories,
        splits,
        ceiling: args.ceiling === undefined ? undefined : numberOf("ceiling", args.ceiling, 0),
        temperature: numberOf("temperature", args.temperature, 0),
        maxTokens: wholeNumber("max-tokens", args["max-tokens"], 1),
      };
      return dataByAgents(settings, context);
    }
    for (const flag of ["templates", "ceiling"] as const)
      if (args[flag] !== undefined) throw new InputError(`--${flag}: expected together with --samplers`);
    const { generatePairs, pairFormat } = await import("../../data/http/index.ts");
    const { write } = pairFormat(args.out, "--out");
    const { judgeHttp } = await import("../../verify/http/index.ts");
    const { writeFileAtomic } = await import("../../runs/files.ts");

    const started = performance.now();
    emit({ kind: "stage-start", stage: "pairs", total: count });
    const pairs: HttpPair[] = [];
    for (const pair of generatePairs({ seed, count, categories, splits, judge: judgeHttp })) {
      pairs.push(pair);
      if (pairs.length % REPORT_EVERY !== 0) continue;
      emit({ kind: "stage-step", stage: "pairs", done: pairs.length, total: count });
      // Lets a Ctrl-C in.
      await new Promise(setImmediate);
      signal.throwIfAborted();
    }
    writeFileAtomic(args.out, await write(pairs));
    const seconds = (performance.now() - started) / 1000;
    emit({ kind: "stage-end", stage: "pairs", seconds });
    const counts = categories.map((category) => {
      const of = pairs.filter((pair) => pair.category === category);
      return { category, n: of.length, vulnerable: of.filter((pair) => pair.is_vulnerable).length };
    });
    const templates = new Set(pairs.map((pair) => pair.provenance!.template)).size;
    return {
      data: { out: args.out, n: pairs.length, seed, templates, seconds, categories: counts },
      text: [
        table([
          ["category", "pairs", "vulnerable"],
          ...counts.map(({ category, n, vulnerable }) => [category, String(n), String(vulnerable)]),
        ]),
        `${pairs.length} pairs from ${templates} templates in ${args.out}, ${seconds.toFixed(1)} s; the oracle agrees with each`,
      ].join("\n\n"),
    };
  },
});

function listed<T extends string>(
  flag: string,
  typed: string | undefined,
  known: readonly T[],
): readonly T[] {
  if (typed === undefined) return known;
  return typed.split(",").map((text) => {
    const found = known.find((one) => one === text.trim());
    if (found === undefined)
      throw new InputError(`--${flag}: expected some of ${known.join(", ")}, got ${JSON.stringify(text)}`);
    return found;
  });
}
