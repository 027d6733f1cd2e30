/** Entry of the engine's thread: serves the calls of `LocalBackend`. */
import { workerData } from "node:worker_threads";
import type { SamplingOptions, WaveChange } from "../../core/sampling.ts";
import type { ConstraintModule } from "../../model/constraint.ts";
import { setNumThreads } from "../../torch/index.ts";
import { serveThread } from "../../util/thread.ts";
import type { Datum, LossSpec } from "../backend.ts";
import { LocalEngine, type EngineConfig } from "./engine.ts";

export interface WorkerSettings {
  readonly engine: EngineConfig;
  /** URL of a ConstraintModule. */
  readonly constraintModule: string | undefined;
  readonly threads: number;
  /** For drawing tokens: one leaves the other cores to the environments, and small operators gain little from more. */
  readonly samplingThreads: number;
}

const settings = workerData as WorkerSettings;
setNumThreads(settings.threads);
const constraints =
  settings.constraintModule === undefined
    ? undefined
    : ((await import(settings.constraintModule)) as ConstraintModule);
const engine = new LocalEngine(settings.engine, constraints);

serveThread({
  begin: (wave: number, prompts: number[][], copies: number) => engine.sampler.begin(wave, prompts, copies),
  advance: async (wave: number, change: WaveChange, options: SamplingOptions, steps: number) => {
    setNumThreads(settings.samplingThreads);
    try {
      return await engine.sampler.advance(wave, change, options, steps);
    } finally {
      setNumThreads(settings.threads);
    }
  },
  end: (wave: number) => engine.sampler.end(wave),
  forwardBackward: (batch: Datum[], loss: LossSpec) => engine.forwardBackward(batch, loss),
  optimStep: (learningRate: number) => engine.optimStep(learningRate),
  freezeReference: () => engine.freezeReference(),
  save: (folder: string, options: { optimizer: boolean }) => engine.save(folder, options),
  load: (folder: string, options: { optimizer: boolean }) => engine.load(folder, options),
  close: () => engine.close(),
});
