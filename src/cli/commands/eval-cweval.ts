/** `ironbark eval cweval`: whether the code that models write works and is secure, by CWEval's own tests. */
import { join } from "node:path";
import type { Answered, Evaluated, Grade, Report } from "../../benchmarks/cweval/index.ts";
import { InputError } from "../../core/errors.ts";
import type { Completion } from "../../core/sampler.ts";
import { command } from "../command.ts";
import { numberOf, wholeNumber } from "../flags.ts";
import { samplingArgs, samplingOf } from "../sampling-flags.ts";

export default command({
  name: "eval cweval",
  description: "Measure how often the code of models works and is secure with CWEval's prompts and tests",
  examples: [
    "eval cweval --repo CWEval --solutions reference",
    "eval cweval --repo CWEval --samplers samplers.json --samples 20",
    "eval cweval --repo CWEval --responses evals/eval_1 --json",
  ],
  args: {
    repo: { type: "string", required: true, description: "A checkout of CWEval", valueHint: "DIR" },
    samplers: { type: "string", description: "Models to ask (docs/codegen.md)", valueHint: "FILE" },
    responses: {
      type: "string",
      description: "Judge the raw answers of this folder of upstream's, ask nobody",
      valueHint: "DIR",
    },
    solutions: {
      type: "enum",
      options: ["reference", "unsafe"],
      description: "Judge the checkout's own solutions, which must pass, or must not be secure",
    },
    prompt: { type: "string", default: "direct", description: "A prompt of the checkout", valueHint: "NAME" },
    extraction: {
      type: "enum",
      options: ["auto", "first-fence", "any-fence"],
      default: "auto",
      description: "How answers are read: as the checkout does, as upstream, as SecCoderX",
    },
    only: { type: "string", description: "Tasks whose path has one of these parts", valueHint: "A,B" },
    samples: { type: "string", default: "20", description: "Answers to each task", valueHint: "N" },
    ...samplingArgs({ temperature: "0.8", maxTokens: "2048" }),
    seed: { type: "string", default: "1", description: "Of sampling and bootstrap", valueHint: "N" },
    "test-timeout": { type: "string", default: "3", description: "Of one test", valueHint: "SECONDS" },
    "build-timeout": { type: "string", default: "120", description: "Of one build", valueHint: "SECONDS" },
    workers: { type: "string", description: "Default: the cores of the machine", valueHint: "N" },
    python: {
      type: "string",
      description: "An interpreter with CWEval's requirements; default: that of Ironbark",
      valueHint: "FILE",
    },
    "node-modules": {
      type: "string",
      description: "npm packages for JavaScript; default: NODE_PATH, or npm's global ones",
      valueHint: "DIR",
    },
    out: { type: "string", default: "runs/cweval", description: "Folder for its files", valueHint: "DIR" },
  },
  run: async (args, context) => {
    const sources = [args.samplers, args.responses, args.solutions].filter((one) => one !== undefined);
    if (sources.length !== 1)
      throw new InputError("eval cweval: expected one of --samplers, --responses and --solutions");
    const seed = wholeNumber("seed", args.seed);
    const samples = wholeNumber("samples", args.samples, 1);
    const sampling = samplingOf(args);
    const testMs = 1000 * numberOf("test-timeout", args["test-timeout"], 0.001);
    const buildMs = 1000 * numberOf("build-timeout", args["build-timeout"], 0.001);
    const { availableParallelism } = await import("node:os");
    const workers =
      args.workers === undefined ? availableParallelism() : wholeNumber("workers", args.workers, 1);
    const bench = await import("../../benchmarks/cweval/index.ts");
    const { askModels, chooseTasks } = await import("../cweval.ts");
    const { pythonCommand } = await import("../../util/python.ts");
    const python = args.python ?? pythonCommand();
    const tasks = chooseTasks(bench.readTasks(args.repo), args.only);
    const answered = args.responses === undefined ? undefined : bench.readAnswers(args.responses, tasks);
    const facts = await bench.askCheckout(args.repo, tasks, { python, prompt: args.prompt });
    const machine = await bench.surveyMachine(args.repo, { python, nodeModules: args["node-modules"] });
    const { emit, signal } = context;
    for (const text of machine.notes) emit({ kind: "note", text });
    const { mkdirSync } = await import("node:fs");
    const { lockRun } = await import("../../runs/lock.ts");
    const { openKeyedLog } = await import("../../runs/keyed-log.ts");
    mkdirSync(args.out, { recursive: true });
    const lock = lockRun(args.out);
    const known = openKeyedLog<Grade>(join(args.out, "grades.jsonl"));
    const completions = openKeyedLog<Completion>(join(args.out, "completions.jsonl"));
    const limits = { testMs, buildMs, wallMs: buildMs + 100 * testMs };
    const judge = bench.createJudge({ workers, limits, facts, machine, known });
    const checkout = facts.wide ? "any-fence" : "first-fence";
    const extraction = args.extraction === "auto" ? checkout : (args.extraction as typeof checkout);
    const setting = { repository: args.repo, judge, facts, machine, workers, extraction, emit, signal };
    try {
      const contenders =
        answered !== undefined
          ? [{ name: "responses", answers: answered, unanswered: 0 }]
          : args.samplers === undefined
            ? []
            : await askModels(args.samplers, { tasks, facts, samples, sampling, seed, completions }, context);
      const checked = await bench.checkReferences(tasks, setting);
      const able = checked.filter(({ reason }) => reason === undefined).map(({ task }) => task);
      const reports: Report[] = [];
      const report = (name: string, evaluated: Evaluated, each: number): void =>
        void reports.push(bench.reportOn(name, evaluated, { tasks, samples: each, seed }));
      for (const { name, answers, unanswered } of contenders) {
        const folder = join(args.out, name);
        if (args.samplers !== undefined) bench.writeAnswers(folder, answers);
        const asked = able.filter((task) => answers.has(task));
        const result = await bench.gradeAnswers(asked, answers, setting);
        bench.writeResults(folder, result.answered);
        emit({ kind: "note", text: `wrote ${join(folder, "res_all.json")}` });
        const most = Math.max(...[...answers.values()].map((texts) => texts.length));
        report(name, { ...result, infra: result.infra + unanswered }, most);
      }
      const own = (answers: readonly Answered[]): Evaluated => {
        return { answered: answers, missing: 0, unfenced: 0, infra: 0 };
      };
      if (args.solutions === "unsafe") report("unsafe", own(await bench.gradeUnsafe(able, setting)), 1);
      if (args.solutions === "reference") {
        const ran = checked.flatMap(({ task, grade }) => (grade === null ? [] : [{ task, grades: [grade] }]));
        report("reference", own(ran), 1);
      }
      const about = {
        tasks: tasks.length,
        unable: checked.flatMap(({ task, reason }) =>
          reason === undefined ? [] : [{ task: task.id, reason }],
        ),
        prompt: args.prompt,
        extraction,
        test_timeout_s: testMs / 1000,
        tools: machine.versions,
        notes: machine.notes,
      };
      const { describeCWEval } = await import("../cweval-report.ts");
      const [first, ...others] = reports;
      const infra = reports.reduce((sum, one) => sum + one.infra, 0);
      // What has to be: known solutions pass everything, and nothing that is known to be unsafe is secure.
      const failed =
        (args.solutions === "reference" && Object.keys(first!.failed).length > 0) ||
        (args.solutions === "unsafe" && first!.metrics["sec@1"] !== 0);
      return {
        data: { ...first, others, ...about, infra, out: args.out },
        text: describeCWEval(reports, about),
        ...(infra > 0 ? { exitCode: 4 as const } : failed ? { exitCode: 1 as const } : {}),
      };
    } finally {
      await judge.close();
      known.close();
      completions.close();
      lock.release();
    }
  },
});
