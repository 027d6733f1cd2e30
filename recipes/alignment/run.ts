/** An alignment experiment from data to table: reward model, policy, alignment, and what the judge and the attacks say of it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RecipeContext, RecipeOutcome } from "../../src/runs/recipe.ts";
import { openCodeArena } from "../code/arena.ts";
import { alignPolicy } from "./align.ts";
import { loadData, type AlignmentData } from "./data.ts";
import { probeHacks } from "./hacks.ts";
import { checkJudge, openJudge } from "./judge.ts";
import { learnTokenizer, loadLanguage } from "./model.ts";
import { alignmentTable, gates, writeAlignmentReport } from "./report.ts";
import { trainRewardModel } from "./reward-model.ts";
import { inSteps, type AlignmentSettings } from "./settings.ts";

export async function runAlignment(
  settings: AlignmentSettings,
  context: RecipeContext,
): Promise<RecipeOutcome> {
  const { run, emit } = context;
  checkJudge(settings);
  const data = await loadData(settings);
  const [verdicts, tasks] = [data.verdicts.train.length, data.tasks.train.length];
  const config: AlignmentSettings = {
    ...settings,
    coldStart: inSteps(settings.coldStart, verdicts),
    detect: inSteps(settings.detect, verdicts),
    demonstrate: inSteps(settings.demonstrate, tasks),
    align: inSteps(settings.align, tasks),
  };
  emit({ kind: "note", text: sizes(data) });
  const tokenizer = join(run.dir, "tokenizer");
  if (!existsSync(tokenizer))
    await run.publish("tokenizer", (path) => learnTokenizer(textsOf(data), config.policy.vocabulary, path));
  const rewardModel = await trainRewardModel({
    config,
    context,
    tokenizer,
    language: await loadLanguage(config.rewardModel, tokenizer),
    ...data.verdicts,
  });
  const judge = await openJudge(config, rewardModel.folder);
  const arena = openCodeArena(config.sandboxes);
  try {
    const hacks = await probeHacks(judge, data.verdicts.heldOut, config.seed);
    const language = await loadLanguage(config.policy, tokenizer);
    const { folder, before, after } = await alignPolicy({
      config,
      context,
      tools: { language, judge, arena },
      tokenizer,
      ...data.tasks,
      offset: config.coldStart.steps + config.detect.steps,
    });
    const { coldStart, practised } = rewardModel;
    const results = { rewardModel: { coldStart, practised }, hacks, before, after };
    emit({ kind: "note", text: alignmentTable(results) });
    writeAlignmentReport(run, results);
    const passed = gates(results);
    return {
      status: Object.values(passed).every(Boolean) ? "done" : "failed",
      metrics: {
        reward_model: { cold_start: coldStart, practised },
        hacks,
        before,
        after,
        gates: passed,
        judge: { ...judge.stats },
        programs_run: arena.work.graded,
        checkpoint: folder,
      },
    };
  } finally {
    await Promise.all([judge.close(), arena.close()]);
  }
}

/** What the tokenizer is learnt from: nothing that is held out. */
const textsOf = ({ verdicts, tasks }: AlignmentData): string[] => [
  ...verdicts.train.flatMap(({ code, answer }) => [code, answer]),
  ...tasks.train.flatMap(({ prompt, solutions }) => [prompt, ...solutions]),
];

function sizes({ verdicts, tasks }: AlignmentData): string {
  const families = new Set(tasks.train.map(({ attacked }) => attacked?.source)).size;
  return `${verdicts.train.length} functions with verdicts, ${verdicts.heldOut.length} of held-out families; ${tasks.train.length} tasks of ${families} families, ${tasks.heldOut.length} held-out prompts`;
}
