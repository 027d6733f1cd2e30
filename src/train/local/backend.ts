/** The training backend on libtorch, seen from outside its thread: the event loop stays free while it computes. */
import type { SamplingOptions, TurnResult, TurnSampler, WaveChange } from "../../core/sampling.ts";
import { startThread, type ThreadClient } from "../../util/thread.ts";
import type { Datum, LossReport, LossSpec, StepReport, TrainingBackend } from "../backend.ts";
import type { WorkerSettings } from "./worker.ts";

class ThreadSampler implements TurnSampler {
  readonly #thread: ThreadClient;

  constructor(thread: ThreadClient) {
    this.#thread = thread;
  }

  begin(wave: number, prompts: readonly (readonly number[])[], copies: number): Promise<void> {
    return this.#thread.call("begin", wave, prompts, copies);
  }

  advance(wave: number, change: WaveChange, options: SamplingOptions, steps: number): Promise<TurnResult[]> {
    return this.#thread.call("advance", wave, change, options, steps);
  }

  end(wave: number): Promise<void> {
    return this.#thread.call("end", wave);
  }
}

export class LocalBackend implements TrainingBackend {
  readonly sampler: TurnSampler;
  readonly #thread: ThreadClient;

  constructor(settings: WorkerSettings) {
    const own = import.meta.url;
    const extension = own.endsWith(".ts") ? "ts" : "js";
    this.#thread = startThread(new URL(`./worker.${extension}`, own), settings);
    this.sampler = new ThreadSampler(this.#thread);
  }

  forwardBackward(batch: readonly Datum[], loss: LossSpec): Promise<LossReport> {
    return this.#thread.call("forwardBackward", batch, loss);
  }

  optimStep(learningRate: number): Promise<StepReport> {
    return this.#thread.call("optimStep", learningRate);
  }

  freezeReference(): Promise<void> {
    return this.#thread.call("freezeReference");
  }

  save(folder: string, options: { readonly optimizer: boolean }): Promise<void> {
    return this.#thread.call("save", folder, options);
  }

  load(folder: string, options: { readonly optimizer: boolean }): Promise<void> {
    return this.#thread.call("load", folder, options);
  }

  async close(): Promise<number> {
    const alive = await this.#thread.call<number>("close");
    await this.#thread.terminate();
    return alive;
  }
}
