/** The run folder: write, read, resume, compare, report. */
export { compareRuns, flatten, type Difference, type RunComparison } from "./compare.ts";
export {
  measuredOn,
  writeModelCard,
  type BaseModel,
  type DataFacts,
  type Measured,
  type ModelFacts,
} from "./card/index.ts";
export { type Checkpoint } from "./checkpoints.ts";
export { writeFileAtomic, writeFolderAtomic } from "./files.ts";
export { readJsonl, type StepRecord } from "./jsonl.ts";
export { type RunInfo, type RunOptions } from "./manifest.ts";
export { listRuns, openRun, type RunReader, type RunStatus, type Summary } from "./reader.ts";
export {
  defineRecipe,
  type Recipe,
  type RecipeContext,
  type RecipeOutcome,
  type RecipeSchema,
} from "./recipe.ts";
export {
  renderReport,
  reportRow,
  writeReport,
  type Report,
  type ReportRow,
  type ReportTrace,
} from "./report.ts";
export { curvesFromMetrics, DEFAULT_PANELS, type Panel } from "./curves.ts";
export { movingAverage, svgCurve, type CurveOptions, type Point, type Series } from "./svg.ts";
export { createRun, resumeRun, type MetricValues, type Run } from "./run.ts";
