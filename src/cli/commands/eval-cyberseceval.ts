/** `ironbark eval cyberseceval`: whether the code that models write holds patterns that PurpleLlama knows as insecure. */
import { join } from "node:path";
import type { JudgedResponse, Response, Rules, Variant } from "../../benchmarks/cyberseceval/index.ts";
import { InputError, PrerequisiteError } from "../../core/errors.ts";
import type { Completion } from "../../core/sampler.ts";
import { command, type CommandContext } from "../command.ts";
import { fileNameOf } from "../detectors.ts";
import { readNamed } from "../files.ts";
import { wholeNumber } from "../flags.ts";
import { samplingArgs, samplingOf } from "../sampling-flags.ts";

export default command({
  name: "eval cyberseceval",
  description:
    "Measure how secure the code of models is with CyberSecEval's prompts and PurpleLlama's own rules, and what it is worth",
  examples: [
    "eval cyberseceval instruct --prompts instruct.json --rules PurpleLlama --samplers samplers.json",
    "eval cyberseceval autocomplete --prompts autocomplete.jsonl --rules PurpleLlama --samplers samplers.json --judge judge.json --json",
    "eval cyberseceval instruct --responses responses.json --rules PurpleLlama",
  ],
  args: {
    variant: { type: "positional", required: true, description: "instruct or autocomplete" },
    prompts: {
      type: "string",
      description: "CyberSecEval's prompts, as JSON or JSON Lines",
      valueHint: "FILE",
    },
    rules: { type: "string", required: true, description: "A checkout of PurpleLlama", valueHint: "DIR" },
    samplers: { type: "string", description: "Models to ask (docs/codegen.md)", valueHint: "FILE" },
    responses: { type: "string", description: "Judge this response file, ask nobody", valueHint: "FILE" },
    judge: {
      type: "string",
      description: "Like --samplers, with one model: how functional is each answer, from 0 to 5",
      valueHint: "FILE",
    },
    semgrep: {
      type: "enum",
      options: ["auto", "yes", "no"],
      default: "auto",
      description: "Run the rules for Semgrep: where it is installed, always, never",
    },
    limit: { type: "string", description: "Only so many prompts, drawn from --seed", valueHint: "N" },
    ...samplingArgs({ temperature: "0", maxTokens: "1024" }),
    seed: { type: "string", default: "1", description: "Of sampling, --limit and bootstrap", valueHint: "N" },
    out: {
      type: "string",
      default: "runs/cyberseceval",
      description: "Folder for its files",
      valueHint: "DIR",
    },
  },
  run: async (args, context) => {
    const variant = args.variant as Variant;
    if (variant !== "instruct" && variant !== "autocomplete")
      throw new InputError(`expected instruct or autocomplete, got ${JSON.stringify(args.variant)}`);
    if ((args.samplers === undefined) === (args.responses === undefined))
      throw new InputError("eval cyberseceval: expected either --samplers or --responses");
    const seed = wholeNumber("seed", args.seed);
    const sampling = samplingOf(args);
    const limit = args.limit === undefined ? undefined : wholeNumber("limit", args.limit, 1);
    const bench = await import("../../benchmarks/cyberseceval/index.ts");
    const rules = bench.loadRules(args.rules);
    noteRules(rules, bench.KNOWN_REVISION, context);
    const semgrep = await chooseSemgrep(args.semgrep);
    const { mkdirSync } = await import("node:fs");
    const { writeFileAtomic } = await import("../../runs/files.ts");
    const { lockRun } = await import("../../runs/lock.ts");
    const { openKeyedLog } = await import("../../runs/keyed-log.ts");
    mkdirSync(args.out, { recursive: true });
    const lock = lockRun(args.out);
    const completions = openKeyedLog<Completion>(join(args.out, "completions.jsonl"));
    try {
      let missing = 0;
      let responses: readonly Response[];
      if (args.responses === undefined) {
        if (args.prompts === undefined) throw new InputError("eval cyberseceval: expected --prompts");
        const prompts = await draw(bench.readPrompts(args.prompts, variant), limit, seed);
        const asked = await askModels(args.samplers!, prompts, { sampling, seed, completions }, context);
        ({ responses, missing } = asked);
      } else {
        const all = bench.readResponses(args.responses).filter((one) => one.variant === variant);
        if (all.length === 0)
          throw new InputError(`${args.responses}: holds no response of the variant ${variant}`);
        responses = await draw(all, limit, seed);
      }
      const snippets = responses.map((one) => {
        return {
          language: one.language,
          code: bench.codeOf(one.response).code,
          before: bench.contextOf(one).before,
        };
      });
      const { emit, signal } = context;
      const found = await bench.detectInsecure(snippets, rules, {
        semgrep: semgrep ? {} : undefined,
        emit,
        signal,
      });
      const judged =
        args.judge === undefined ? undefined : await askJudge(args.judge, responses, completions, context);
      const all = responses.map((one, index) =>
        bench.judgedResponse(one, found.issues[index]!, judged?.[index]),
      );
      const stat = bench.statsOf(all);
      const paths = { responses: join(args.out, "responses.json"), stat: join(args.out, "stat.json") };
      writeFileAtomic(paths.responses, `${JSON.stringify(all, null, 4)}\n`);
      writeFileAtomic(paths.stat, `${JSON.stringify(stat, null, 4)}\n`);
      emit({ kind: "note", text: `wrote ${paths.responses} and ${paths.stat}` });
      const models = Object.keys(stat).map((name) => {
        const own: JudgedResponse[] = all.filter(({ model }) => model === name);
        return { name, ...bench.summariseResponses(own, seed) };
      });
      const detector = {
        revision: rules.revision,
        fingerprint: rules.fingerprint,
        semgrep,
        rules_refused: rules.refused,
        searches_given_up: found.gaveUp,
        not_answered: missing,
      };
      const { describeCyberSecEval } = await import("../cyberseceval-report.ts");
      const [first, ...others] = models;
      const infra = missing + models.reduce((sum, model) => sum + model.infra, 0);
      return {
        data: { ...first, variant, stat, others, detector, infra, out: args.out },
        text: describeCyberSecEval(models, detector),
        ...(infra > 0 ? { exitCode: 4 as const } : {}),
      };
    } finally {
      completions.close();
      lock.release();
    }
  },
});

function noteRules(rules: Rules, known: string, { emit }: CommandContext): void {
  if (rules.revision !== known)
    emit({
      kind: "note",
      text: `rules of revision ${rules.revision ?? "unknown"}; our detector was compared with upstream's at ${known.slice(0, 7)}`,
    });
  for (const one of rules.refused) emit({ kind: "note", text: `rule left out: ${one}` });
}

/** Whether it is run. Throws PrerequisiteError when it must be and is not installed. */
async function chooseSemgrep(typed: string): Promise<boolean> {
  if (typed === "no") return false;
  const { semgrepVersion } = await import("../../analyzers/index.ts");
  try {
    await semgrepVersion();
    return true;
  } catch (error) {
    if (typed === "auto" && error instanceof PrerequisiteError) return false;
    throw error;
  }
}

interface Asking {
  readonly sampling: import("../../core/sampling.ts").SamplingOptions;
  readonly seed: number;
  readonly completions: import("../../runs/keyed-log.ts").KeyedLog<Completion>;
}

/** In upstream's shape; prompts that failed for good are counted and have no response. */
async function askModels(
  file: string,
  prompts: readonly import("../../benchmarks/cyberseceval/index.ts").Prompt[],
  { sampling, seed, completions }: Asking,
  { emit, signal }: CommandContext,
): Promise<{ responses: Response[]; missing: number }> {
  const { checkSampler, openSampler, parseSamplers } = await import("../../model/samplers/index.ts");
  const { askAll } = await import("../../eval/detect/index.ts");
  const entries = parseSamplers(readNamed(file, `--samplers ${file}`).toString("utf8"), file);
  for (const entry of entries) checkSampler(entry, file);
  const questions = prompts.map((prompt, index) => ({ id: String(index), prompt: prompt.test_case_prompt }));
  const responses: Response[] = [];
  for (const entry of entries) {
    const sampler = await openSampler(entry, file);
    try {
      const said = await askAll(sampler, questions, {
        sampling,
        samples: 1,
        seed,
        completions,
        emit,
        signal,
      });
      // A prompt that the model has no room for gets the empty answer.
      for (const { id, answers } of said)
        responses.push({
          pass_id: 0,
          ...prompts[Number(id)]!,
          response: answers?.[0] ?? "",
          model: fileNameOf(entry.name),
        });
    } finally {
      await sampler.close();
    }
  }
  const missing = prompts.length * entries.length - responses.length;
  if (responses.length === 0) throw new InputError(`${file}: no prompt was answered`);
  return { responses, missing };
}

async function askJudge(
  file: string,
  responses: readonly Response[],
  answers: Asking["completions"],
  { emit, signal }: CommandContext,
): Promise<import("../../benchmarks/cyberseceval/index.ts").Functionality[]> {
  const { openSampler, parseSamplers } = await import("../../model/samplers/index.ts");
  const { judgeAll } = await import("../../benchmarks/cyberseceval/index.ts");
  const [entry, ...more] = parseSamplers(readNamed(file, `--judge ${file}`).toString("utf8"), file);
  if (more.length > 0) throw new InputError(`${file}: samplers: expected one, the judge`);
  const judge = await openSampler(entry!, file);
  try {
    return await judgeAll(judge, responses, { answers, emit, signal });
  } finally {
    await judge.close();
  }
}

async function draw<T>(
  entries: readonly T[],
  limit: number | undefined,
  seed: number,
): Promise<readonly T[]> {
  if (limit === undefined) return entries;
  const { makeRng } = await import("../../util/rng.ts");
  const drawn = new Set(
    makeRng(`eval-cyberseceval/${seed}`)
      .shuffle([...entries.keys()])
      .slice(0, limit),
  );
  return entries.filter((_, index) => drawn.has(index));
}
