/** Entry of the engine's thread: serves the calls of `LocalBackend`. */
import { workerData } from "node:worker_threads";
import type { SamplingOptions, WaveChange } from "../../core/sampling.ts";
import type { ConstraintModule } from "../../model/constraint.ts";
import { setNumThreads } from "../../torch/index.ts";
import { serveThread } from "../../util/thread.ts";
import type { Datum, LossSpec, PpoAnswer, PpoDatum, PpoSpec } from "../backend.ts";
import type { PpoTotals } from "../ppo/losses.ts";
import { LocalEngine, type EngineConfig } from "./engine.ts";

export type FlatKind = "weights" | "gradients";

export interface WorkerSettings {
  readonly engine: EngineConfig;
  /** URL of a ConstraintModule. */
  readonly constraintModule: string | undefined;
}

const settings = workerData as WorkerSettings;
// Replicas are the parallelism: for small operators a second thread each costs more in waiting than it saves.
setNumThreads(1);
const constraints =
  settings.constraintModule === undefined
    ? undefined
    : ((await import(settings.constraintModule)) as ConstraintModule);
const engine = new LocalEngine(settings.engine, constraints);

serveThread({
  begin: (wave: number, prompts: number[][], copies: number) => engine.sampler.begin(wave, prompts, copies),
  advance: (wave: number, change: WaveChange, options: SamplingOptions, steps: number) =>
    engine.sampler.advance(wave, change, options, steps),
  end: (wave: number) => engine.sampler.end(wave),
  accumulate: (batch: Datum[], loss: LossSpec, totalWeight: number) =>
    engine.accumulate(batch, loss, totalWeight),
  optimStep: (learningRate: number) => engine.optimStep(learningRate),
  parameterCount: () => engine.parameterCount,
  exportFlat: (what: FlatKind, shared: SharedArrayBuffer) => {
    engine.exportFlat(what, new Float32Array(shared));
    if (what === "gradients") engine.clearGradients();
  },
  importFlat: (what: FlatKind, shared: SharedArrayBuffer) =>
    engine.importFlat(what, new Float32Array(shared)),
  startPpo: () => engine.startPpo(),
  scoreAnswers: (answers: PpoAnswer[], temperature: number) => engine.scoreAnswers(answers, temperature),
  ppoAccumulate: (batch: PpoDatum[], spec: PpoSpec, totals: PpoTotals) =>
    engine.ppoAccumulate(batch, spec, totals),
  freezeReference: () => engine.freezeReference(),
  save: (folder: string, options: { optimizer: boolean }) => engine.save(folder, options),
  load: (folder: string, options: { optimizer: boolean }) => engine.load(folder, options),
  close: () => engine.close(),
});
