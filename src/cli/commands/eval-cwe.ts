/** `ironbark eval cwe`: how well a classifier names the weaknesses of descriptions. */
import { InputError } from "../../core/errors.ts";
import { classifierFolder, MODEL_ARG, openClassifier } from "../classifiers.ts";
import { command } from "../command.ts";
import { wholeNumber } from "../flags.ts";

export default command({
  name: "eval cwe",
  description:
    "Measure a classifier on rows with known weaknesses; rows with labels that it does not have count as wrong",
  examples: [
    "eval cwe runs/cwe-linear/dataset/test.jsonl --model runs/cwe-linear/checkpoint",
    "eval cwe cves.jsonl --from 2024-08-01 --before 2024-10-01 --json",
  ],
  args: {
    rows: {
      type: "positional",
      required: true,
      description: "Rows with cve_id, description, cwe and date_published (JSON Lines)",
    },
    model: MODEL_ARG,
    from: { type: "string", description: "First day of publication", valueHint: "DATE" },
    before: { type: "string", description: "First day that is left out again", valueHint: "DATE" },
    seed: { type: "string", default: "1", description: "Of the bootstrap", valueHint: "N" },
    resamples: {
      type: "string",
      default: "1000",
      description: "Of the bootstrap; 0: no intervals",
      valueHint: "N",
    },
  },
  run: async (args, { emit, signal }) => {
    const [seed, resamples] = [wholeNumber("seed", args.seed), wholeNumber("resamples", args.resamples)];
    for (const flag of ["from", "before"] as const)
      if (args[flag] !== undefined && !/^\d{4}-\d\d-\d\d$/.test(args[flag]))
        throw new InputError(`--${flag}: expected YYYY-MM-DD, got ${JSON.stringify(args[flag])}`);
    const { readRows } = await import("../../data/cwe/index.ts");
    const { maskCweIds } = await import("../../data/cve/mentions.ts");
    const { evaluateCwe, rankedAnswers } = await import("../../eval/cwe/index.ts");
    const { describeEvaluation } = await import("../cwe-report.ts");
    const folder = classifierFolder(args.model);
    const all = await readRows(args.rows);
    const inTime = all.filter(
      ({ date_published: date }) =>
        (args.from === undefined || (date ?? "") >= args.from) &&
        (args.before === undefined || (date ?? "9") < args.before),
    );
    const usable = inTime.filter((row) => row.cwe && row.description.trim() !== "");
    if (usable.length === 0)
      throw new InputError(`${args.rows}: no row with a label and a description in these days`);
    const leftOut = {
      other_days: all.length - inTime.length,
      without_label_or_text: inTime.length - usable.length,
    };
    const { classifier, catalogue } = await openClassifier(folder);
    try {
      const rows = usable.map((row) => ({ text: maskCweIds(row.description), truth: row.cwe! }));
      const answers = await rankedAnswers(classifier, rows, { emit, signal });
      const evaluation = evaluateCwe(answers, {
        labels: classifier.labels,
        ancestors: catalogue.ancestors,
        seed,
        resamples,
      });
      const confused = evaluation.confused.map(({ example, ...pair }) => {
        return { ...pair, example: { cve_id: usable[example]!.cve_id, text: rows[example]!.text } };
      });
      const data = {
        ...evaluation,
        confused,
        left_out: leftOut,
        labels: classifier.labels.length,
        model: folder,
      };
      return { data, text: describeEvaluation(data, catalogue) };
    } finally {
      await classifier.close();
    }
  },
});
