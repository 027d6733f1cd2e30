/** How the quickstart and its control end: judged again, the model published, the report written. */
import type { Dialect } from "../../src/envs/patch/dialect/index.ts";
import type { RecipeOutcome, Run } from "../../src/runs/index.ts";
import type { TrainingBackend } from "../../src/train/backend.ts";
import { assess, type Assessment, type Judge } from "./assess.ts";
import { measuredAfter, patchFacts, type PatchModel } from "./card.ts";
import { copyDialect } from "./record.ts";
import { trainingSummary, writeTrainingReport } from "./report.ts";

export interface Finished {
  readonly run: Run;
  readonly judge: Judge;
  readonly backend: TrainingBackend;
  readonly dialect: Dialect;
  readonly before: Assessment;
  readonly trainSeconds: number;
  /** What it was trained on. */
  readonly data: PatchModel["data"];
}

/** Closes the backend. Returns the metrics of summary.json and what the model's card says. */
export async function finish({
  run,
  judge,
  backend,
  dialect,
  before,
  trainSeconds,
  data,
}: Finished): Promise<RecipeOutcome> {
  const after = await assess(judge, "after");
  const checkpoint = await run.publish("checkpoint", async (folder) => {
    await backend.save(folder, { optimizer: false });
    await copyDialect(judge.checkpoint, folder);
  });
  writeTrainingReport(run, dialect, before, after);
  const metrics = trainingSummary(run, before, after, judge.arena.work, checkpoint);
  const model = patchFacts({
    folder: checkpoint,
    name: `ironbark-${run.info.command.split(" ").at(-1)!}`,
    base: { name: "ironbark-starter", folder: judge.checkpoint },
    data,
    measured: measuredAfter(after),
  });
  return {
    metrics: { ...metrics, train_seconds: trainSeconds, leaked_tensors: await backend.close() },
    model,
  };
}
