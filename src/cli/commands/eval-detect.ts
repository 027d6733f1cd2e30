/** `ironbark eval detect`: how well models and static analyzers tell vulnerable functions from others. */
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { DetectionRow } from "../../data/detection/index.ts";
import type { Said, TEMPLATES } from "../../eval/detect/index.ts";
import { command, type CommandContext } from "../command.ts";
import { fileNameOf, openTools } from "../detectors.ts";
import type { ReportedDetection } from "../detect-report.ts";
import { readNamed } from "../files.ts";
import { repeatedFlag, wholeNumber } from "../flags.ts";
import { samplingArgs, samplingOf } from "../sampling-flags.ts";

const NAMES = ["blind", "cwe", "short"];

export default command({
  name: "eval detect",
  description:
    "Measure how well vulnerable functions are told from others: models, Bandit, Semgrep, CodeQL or saved answers",
  examples: [
    "eval detect rows.jsonl --tools bandit",
    "eval detect rows.jsonl --samplers samplers.json --template cwe --cwe cwe.jsonl --n 5",
    "eval detect rows.jsonl --answers runs/detect/small.answers.jsonl --unclear benign --json",
  ],
  args: {
    rows: { type: "positional", required: true, description: "Rows as `data detection` writes them" },
    samplers: { type: "string", description: "Models to ask (docs/codegen.md)", valueHint: "FILE" },
    tools: {
      type: "string",
      description: "Analyzers, with commas: bandit, semgrep=RULES, codeql or codeql=SUITE",
      valueHint: "NAMES",
    },
    answers: {
      type: "string",
      description: "Score saved answers, without asking anybody; may be given several times",
      valueHint: "FILE",
    },
    template: {
      type: "string",
      default: "blind",
      description: "What models are asked: blind, cwe, short, or a file with {code} in it",
      valueHint: "NAME",
    },
    read: {
      type: "enum",
      options: ["tags", "yes-no", "r2vul"],
      description: "How verdicts are read (default: as the template asks for them)",
    },
    unclear: {
      type: "enum",
      options: ["wrong", "benign"],
      default: "wrong",
      description: "What an answer without a verdict counts as: the wrong class, or not vulnerable",
    },
    cwe: { type: "string", description: "Table of weaknesses, for the template cwe", valueHint: "FILE" },
    limit: { type: "string", description: "Only so many rows or pairs, drawn from --seed", valueHint: "N" },
    n: {
      type: "string",
      default: "1",
      description: "Answers to each question; the majority decides",
      valueHint: "N",
    },
    ...samplingArgs({ temperature: "0", maxTokens: "2048" }),
    seed: { type: "string", default: "1", description: "Of sampling, --limit and bootstrap", valueHint: "N" },
    resamples: { type: "string", default: "1000", description: "Of the bootstrap; 0: none", valueHint: "N" },
    out: { type: "string", default: "runs/detect", description: "Folder for answers", valueHint: "DIR" },
  },
  run: async (args, context) => {
    const [seed, samples] = [wholeNumber("seed", args.seed), wholeNumber("n", args.n, 1)];
    const resamples = wholeNumber("resamples", args.resamples);
    const sampling = samplingOf(args);
    const saved = repeatedFlag(context.rawArgs, "answers");
    if (args.samplers === undefined && args.tools === undefined && saved.length === 0)
      throw new InputError("eval detect: expected --samplers, --tools or --answers");
    const { readDetectionRows } = await import("../../data/detection/index.ts");
    const detect = await import("../../eval/detect/index.ts");
    const template = chooseTemplate(args.template, detect.TEMPLATES, detect.checkTemplate);
    const read = detect.READERS[(args.read ?? template.read) as keyof typeof detect.READERS];
    const limit = args.limit === undefined ? undefined : wholeNumber("limit", args.limit, 1);
    const rows = await draw(await readDetectionRows(args.rows), limit, seed);

    const options = { read, unclear: args.unclear as "wrong" | "benign", seed, resamples };
    const models: ReportedDetection[] = [];
    const report = (
      name: string,
      asked: readonly DetectionRow[],
      said: ReadonlyMap<string, Said>,
      leftOut: Readonly<Record<string, number>> = {},
    ): void =>
      void models.push({ name, left_out: leftOut, ...detect.evaluateDetection(asked, said, options) });

    for (const path of saved) {
      const answers = detect.readSaved(
        path,
        rows.map(({ id }) => id),
      );
      report(path, rows, answers);
    }
    if (args.samplers !== undefined || args.tools !== undefined) {
      const { mkdirSync } = await import("node:fs");
      const { lockRun } = await import("../../runs/lock.ts");
      mkdirSync(args.out, { recursive: true });
      const lock = lockRun(args.out);
      const settings = { template: template.text, sampling, samples, seed, cwe: args.cwe };
      try {
        if (args.samplers !== undefined)
          await askModels(args.samplers, rows, settings, { out: args.out, report, context });
        if (args.tools !== undefined) await runTools(args.tools, rows, { out: args.out, report, context });
      } finally {
        lock.release();
      }
    }
    const { publishedFor } = await import("../../benchmarks/detection.ts");
    const { describeDetection } = await import("../detect-report.ts");
    const published = publishedFor(rows.map(({ source }) => source));
    const [first, ...others] = models;
    return {
      data: { ...first, others, published },
      text: describeDetection(models, published),
      ...(models.some(({ infra }) => infra > 0) ? { exitCode: 4 as const } : {}),
    };
  },
});

interface Settings {
  readonly template: string;
  readonly sampling: import("../../core/sampling.ts").SamplingOptions;
  readonly samples: number;
  readonly seed: number;
  readonly cwe: string | undefined;
}

interface Hands {
  readonly out: string;
  readonly report: (
    name: string,
    asked: readonly DetectionRow[],
    said: ReadonlyMap<string, Said>,
    leftOut?: Readonly<Record<string, number>>,
  ) => void;
  readonly context: CommandContext;
}

function chooseTemplate(
  typed: string,
  own: typeof TEMPLATES,
  check: (text: string, where: string) => void,
): { text: string; read: string } {
  if (NAMES.includes(typed)) return own[typed as keyof typeof own];
  const text = readNamed(typed, `--template ${typed}`).toString("utf8");
  check(text, typed);
  return { text, read: "tags" };
}

async function askModels(
  file: string,
  rows: readonly DetectionRow[],
  settings: Settings,
  hands: Hands,
): Promise<void> {
  const { checkSampler, openSampler, parseSamplers } = await import("../../model/samplers/index.ts");
  const { askAll, asksForCwe, fillTemplate } = await import("../../eval/detect/index.ts");
  const { openKeyedLog } = await import("../../runs/keyed-log.ts");
  const { out, report, context } = hands;
  const entries = parseSamplers(readNamed(file, `--samplers ${file}`).toString("utf8"), file);
  for (const entry of entries) checkSampler(entry, file);
  const asked = asksForCwe(settings.template) ? rows.filter(({ cwe }) => cwe.length > 0) : rows;
  if (asked.length === 0)
    throw new InputError("--template: no row names a weakness, which this template needs");
  const leftOut = asked.length === rows.length ? {} : { without_cwe: rows.length - asked.length };
  const describe = await describer(settings.cwe);
  const questions = asked.map((row) => ({
    id: row.id,
    prompt: fillTemplate(settings.template, row, describe),
  }));
  const completions = openKeyedLog<import("../../core/sampler.ts").Completion>(
    join(out, "completions.jsonl"),
  );
  try {
    for (const entry of entries) {
      const sampler = await openSampler(entry, file);
      try {
        const { emit, signal } = context;
        const said = await askAll(sampler, questions, { ...settings, completions, emit, signal });
        await save(entry.name, said, hands);
        report(entry.name, asked, new Map(said.map((one) => [one.id, one])), leftOut);
      } finally {
        await sampler.close();
      }
    }
  } finally {
    completions.close();
  }
}

async function runTools(typed: string, rows: readonly DetectionRow[], hands: Hands): Promise<void> {
  const { scanAll, TOOL_LANGUAGES } = await import("../../eval/detect/index.ts");
  const { report, context } = hands;
  const tools = await openTools(typed);
  try {
    for (const tool of tools) {
      const readable = rows.filter(({ language }) => TOOL_LANGUAGES[tool.name]!.includes(language));
      const leftOut =
        readable.length === rows.length ? {} : { language_not_read: rows.length - readable.length };
      const said = await scanAll(tool, readable, context);
      await save(tool.name, said, hands);
      report(tool.name, readable, new Map(said.map((one) => [one.id, one])), leftOut);
    }
  } finally {
    await Promise.all(tools.map((tool) => tool.close()));
  }
}

async function save(name: string, said: readonly Said[], { out, context }: Hands): Promise<void> {
  const { savedLine } = await import("../../eval/detect/index.ts");
  const { writeFileAtomic } = await import("../../runs/files.ts");
  const path = join(out, `${fileNameOf(name)}.answers.jsonl`);
  writeFileAtomic(path, said.map(savedLine).join(""));
  context.emit({ kind: "note", text: `wrote ${path}` });
}

/** CWE-89 as a model reads it: with name and description where there is a table. */
async function describer(file: string | undefined): Promise<(cwe: string) => string> {
  if (file === undefined) return (cwe) => cwe;
  const { loadCatalogue } = await import("../../data/cwe/index.ts");
  const { weaknesses } = loadCatalogue(file);
  return (cwe) => {
    const known = weaknesses.get(cwe);
    return known === undefined
      ? cwe
      : [`${cwe}: ${known.name}`, known.description].filter(Boolean).join(". ");
  };
}

/** Pairs stay whole. */
async function draw(
  rows: readonly DetectionRow[],
  limit: number | undefined,
  seed: number,
): Promise<readonly DetectionRow[]> {
  if (limit === undefined) return rows;
  const { makeRng } = await import("../../util/rng.ts");
  const units = [...new Set(rows.map(({ id, pair }) => pair ?? `row ${id}`))];
  const drawn = new Set(makeRng(`eval-detect/${seed}`).shuffle(units).slice(0, limit));
  return rows.filter(({ id, pair }) => drawn.has(pair ?? `row ${id}`));
}
