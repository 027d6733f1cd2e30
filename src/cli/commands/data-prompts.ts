/** `ironbark data prompts`: prompts for alignment from vulnerable code, by models that may cost money. */
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { Completion, Sampler } from "../../core/sampler.ts";
import type { SamplerEntry } from "../../model/samplers/index.ts";
import type { Attempt, Calls, HandedOver, Price } from "../../data/prompts/index.ts";
import { command } from "../command.ts";
import { readNamed } from "../files.ts";
import { numberOf, share, wholeNumber } from "../flags.ts";
import { table } from "../render.ts";
import { samplingArgs, samplingOf } from "../sampling-flags.ts";

export default command({
  name: "data prompts",
  description:
    "Make prompts for alignment from vulnerable code: scenarios, instructions that do not hint, reference code; goes on where it was interrupted",
  examples: [
    "data prompts sven.jsonl --samplers author.json --out runs/prompts",
    "data prompts sven.jsonl --samplers author.json --ceiling 20 --clusters 50 --cwe cwe.jsonl --out runs/prompts",
  ],
  args: {
    rows: { type: "positional", required: true, description: "Rows as `data detection` writes them" },
    samplers: {
      type: "string",
      required: true,
      description: "The author and, as a second, who writes the reference code (docs/codegen.md)",
      valueHint: "FILE",
    },
    embeddings: {
      type: "string",
      description: "An endpoint whose /embeddings gives the vectors; default: words and pairs of words",
      valueHint: "FILE",
    },
    out: {
      type: "string",
      required: true,
      description: "Folder for answers and prompts.jsonl",
      valueHint: "DIR",
    },
    ceiling: {
      type: "string",
      description: "Most that all calls of this folder may cost, in the currency of price_per_million",
      valueHint: "COST",
    },
    batch: {
      type: "boolean",
      description: "Through the endpoints' Batch API: slower, and often at half the price",
    },
    poll: {
      type: "string",
      default: "30",
      description: "Seconds between two looks at a batch",
      valueHint: "S",
    },
    cwe: { type: "string", description: "Table of weaknesses: names and descriptions", valueHint: "FILE" },
    limit: { type: "string", description: "Only so many functions, drawn from --seed", valueHint: "N" },
    scenarios: { type: "string", default: "3", description: "Of each function", valueHint: "N" },
    clusters: {
      type: "string",
      default: "50",
      description: "Scenarios that are kept of each language and weakness",
      valueHint: "N",
    },
    similarity: {
      type: "string",
      default: "0.9",
      description: "From here on instructions are duplicates",
      valueHint: "X",
    },
    ...samplingArgs({ temperature: "0.8", maxTokens: "2048" }),
    seed: { type: "string", default: "1", description: "Of sampling, --limit and clusters", valueHint: "N" },
  },
  run: async (args, { emit, signal }) => {
    const seed = wholeNumber("seed", args.seed);
    const ceiling = args.ceiling === undefined ? undefined : numberOf("ceiling", args.ceiling, 0);
    const limit = args.limit === undefined ? undefined : wholeNumber("limit", args.limit, 1);
    const pollMs = 1000 * numberOf("poll", args.poll, 0);
    const settings = {
      scenariosPerRow: wholeNumber("scenarios", args.scenarios, 1),
      clusters: wholeNumber("clusters", args.clusters, 1),
      similarity: share("similarity", args.similarity),
    };
    const sampling = samplingOf(args);
    const {
      batchEndpoint,
      checkSampler,
      collectBatch,
      openEmbeddings,
      openSampler,
      parseSamplers,
      submitBatch,
    } = await import("../../model/samplers/index.ts");
    const entriesOf = (flag: string, file: string, most: number): SamplerEntry[] => {
      const found = parseSamplers(readNamed(file, `--${flag} ${file}`).toString("utf8"), file);
      if (found.length > most)
        throw new InputError(`${file}: samplers: expected one${most > 1 ? " or two" : ""}`);
      for (const entry of found) {
        checkSampler(entry, file);
        if (ceiling !== undefined && entry.price_per_million === undefined)
          throw new InputError(`${file}: ${entry.name}: --ceiling needs its price_per_million`);
      }
      return found;
    };
    const entries = entriesOf("samplers", args.samplers, 2);
    const embedder =
      args.embeddings === undefined ? undefined : entriesOf("embeddings", args.embeddings, 1)[0]!;
    const { readDetectionRows } = await import("../../data/detection/index.ts");
    const { createBatchCalls, createCalls, createLedger, modelVectors, synthesise } =
      await import("../../data/prompts/index.ts");
    const { makeRng } = await import("../../util/rng.ts");
    const { openKeyedLog } = await import("../../runs/keyed-log.ts");
    const { writeFileAtomic } = await import("../../runs/files.ts");
    const { lockRun } = await import("../../runs/lock.ts");
    const all = (await readDetectionRows(args.rows)).filter((row) => row.is_vulnerable);
    const rows =
      limit === undefined
        ? all
        : makeRng(`data-prompts/${seed}`)
            .shuffle([...all])
            .slice(0, limit);
    if (rows.length === 0) throw new InputError(`${args.rows}: no row is vulnerable`);
    const describe = await describer(args.cwe);

    const { mkdirSync } = await import("node:fs");
    mkdirSync(args.out, { recursive: true });
    const lock = lockRun(args.out);
    const answers = openKeyedLog<Completion>(join(args.out, "answers.jsonl"));
    const attempts = openKeyedLog<Attempt>(join(args.out, "ledger.jsonl"));
    let batches: import("../../runs/keyed-log.ts").KeyedLog<HandedOver> | undefined;
    const samplers: Sampler[] = [];
    try {
      const ledger = createLedger(attempts, ceiling);
      const calls: Calls[] = [];
      for (const entry of entries) {
        const price: Price | undefined = entry.price_per_million;
        const around = `${entry.system ?? ""}${entry.template ?? ""}`;
        const shared = { sampling, answers, ledger, price, around, emit, signal };
        if (args.batch === true) {
          const endpoint = batchEndpoint(entry, args.samplers);
          const { apiKey: _, ...identity } = endpoint;
          const batch = { sampling, pollMs, signal };
          const provider = {
            submit: (requests: Parameters<typeof submitBatch>[1]) => submitBatch(endpoint, requests, batch),
            collect: (id: string) => collectBatch(endpoint, id, batch),
          };
          batches ??= openKeyedLog<HandedOver>(join(args.out, "batches.jsonl"));
          calls.push(createBatchCalls({ ...shared, provider, identity, batches }));
          continue;
        }
        // One try each: calls count and pay for their tries themselves.
        const sampler = await openSampler(
          "endpoint" in entry ? { ...entry, tries: 1 } : entry,
          args.samplers,
        );
        samplers.push(sampler);
        calls.push(createCalls({ ...shared, sampler }));
      }
      const [author, completer = author!] = calls;
      if (embedder !== undefined) {
        const sampler = openEmbeddings({ ...embedder, tries: 1 }, args.embeddings!);
        samplers.push(sampler);
        const price = embedder.price_per_million;
        // Nothing is sampled: a vector has no tokens of its own.
        const none = { temperature: 0, topP: 1, maxTokens: 0 };
        calls.push(createCalls({ sampler, sampling: none, answers, ledger, price, emit, signal }));
        entries.push(embedder);
      }
      const made = await synthesise(rows, {
        author: author!,
        completer,
        ...settings,
        seed,
        describe,
        emit,
        ...(embedder === undefined ? {} : { embed: modelVectors(calls.at(-1)!) }),
      });
      const path = join(args.out, "prompts.jsonl");
      const counts = calls.map((one, index) => ({ name: entries[index]!.name, ...one.counts() }));
      const cost = { spent: ledger.spent(), ceiling: ceiling ?? null, charged_perhaps: ledger.unknown() };
      const data = { out: path, ...made.report, calls: counts, cost };
      writeFileAtomic(path, made.rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
      writeFileAtomic(join(args.out, "report.json"), `${JSON.stringify(data, null, 2)}\n`);
      const { ceiling: stopped, failed } = made.report.unanswered;
      return { data, text: describeReport(data), ...(stopped + failed > 0 ? { exitCode: 4 as const } : {}) };
    } finally {
      await Promise.all(samplers.map((sampler) => sampler.close()));
      answers.close();
      attempts.close();
      batches?.close();
      lock.release();
    }
  },
});

async function describer(file: string | undefined): Promise<(cwe: string) => string> {
  if (file === undefined) return (cwe) => cwe;
  const { loadCatalogue } = await import("../../data/cwe/index.ts");
  const { weaknesses } = loadCatalogue(file);
  return (cwe) => (weaknesses.has(cwe) ? `${cwe} (${weaknesses.get(cwe)!.name})` : cwe);
}

function describeReport(data: {
  readonly out: string;
  readonly left_out: Readonly<Record<string, number>>;
  readonly unanswered: Readonly<Record<string, number>>;
  readonly calls: readonly { readonly name: string; readonly [count: string]: string | number }[];
  readonly cost: {
    readonly spent: number;
    readonly ceiling: number | null;
    readonly charged_perhaps: number;
  };
  readonly [count: string]: unknown;
}): string {
  const { out, left_out: left, unanswered, calls, cost, ...counts } = data;
  const plain = (name: string): string => name.replaceAll("_", " ");
  return [
    table([
      ...Object.entries(counts).map(([name, count]) => [plain(name), String(count)]),
      ...Object.entries(left).map(([name, count]) => [`left out: ${plain(name)}`, String(count)]),
      ...Object.entries(unanswered).map(([name, count]) => [`no answer: ${plain(name)}`, String(count)]),
    ]),
    ...calls.map(({ name, ...rest }) =>
      table([["calls", name], ...Object.entries(rest).map(([key, count]) => [plain(key), String(count)])]),
    ),
    `cost ${Number(cost.spent.toPrecision(4))}${cost.ceiling === null ? "" : ` of at most ${cost.ceiling}`}; ${cost.charged_perhaps} attempts may have been charged and count at their most`,
    out,
  ].join("\n\n");
}
