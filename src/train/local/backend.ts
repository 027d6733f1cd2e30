/**
 * The training backend on libtorch, seen from outside its threads: the event loop stays free while they compute.
 * Every thread holds a replica of the model; the first one has the optimizer. Sampling and gradients are shared out
 * among them in a way that depends on the data only, so that the same number of replicas gives the same bits.
 */
import type { SamplingOptions, TurnResult, TurnSampler, WaveChange } from "../../core/sampling.ts";
import { startThread, type ThreadClient } from "../../util/thread.ts";
import type {
  Datum,
  LossReport,
  LossSpec,
  PpoAnswer,
  PpoBackend,
  PpoDatum,
  PpoScores,
  PpoSpec,
  StepReport,
} from "../backend.ts";
import { dealIndices, dealPairs, dealRows, weightOf } from "../packing.ts";
import { ReplicaSampler } from "./replica-sampler.ts";
import { addPasses, addReports, toReport, type PassSums } from "./reports.ts";
import { totalsOf } from "./answers.ts";
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

export class LocalBackend implements PpoBackend {
  readonly sampler: TurnSampler;
  readonly #threads: readonly ThreadClient[];
  readonly #first: ThreadClient;
  readonly #others: readonly ThreadClient[];
  #shared: Promise<SharedArrayBuffer> | undefined;
  /** The other replicas' weights are those of the first. */
  #inStep = true;

  /** `replicas` threads, one core each. All start from the same seed, hence from the same weights. */
  constructor(settings: WorkerSettings, replicas: number) {
    const own = import.meta.url;
    const module = new URL(`./worker.${own.endsWith(".ts") ? "ts" : "js"}`, own);
    const threads = Array.from({ length: replicas }, () => startThread(module, settings));
    this.#threads = threads;
    this.#first = threads[0]!;
    this.#others = threads.slice(1);
    this.sampler = new ReplicaSampler(
      threads.map((thread) => new ThreadSampler(thread)),
      () => this.#getInStep(),
    );
  }

  async forwardBackward(batch: readonly Datum[], loss: LossSpec): Promise<LossReport> {
    const totalWeight = weightOf(batch);
    const deal = loss.kind === "preference" ? dealPairs : dealRows;
    const parts = deal(batch, this.#threads.length);
    if (parts.slice(1).some((part) => part.length > 0)) await this.#getInStep();
    const passes = await Promise.all(
      this.#threads.map((thread, i) => thread.call<PassSums>("accumulate", parts[i], loss, totalWeight)),
    );
    await this.#collectGradients(parts);
    return toReport(addPasses(passes));
  }

  async startPpo(): Promise<void> {
    await this.#getInStep();
    await this.#all("startPpo");
  }

  async scoreAnswers(answers: readonly PpoAnswer[], temperature: number): Promise<PpoScores[]> {
    const parts = this.#deal(answers);
    await this.#getInStep();
    const scores: PpoScores[] = Array.from({ length: answers.length });
    await Promise.all(
      this.#threads.map(async (thread, i) => {
        const own = parts[i]!.map((index) => answers[index]!);
        const said = await thread.call<PpoScores[]>("scoreAnswers", own, temperature);
        parts[i]!.forEach((index, k) => (scores[index] = said[k]!));
      }),
    );
    return scores;
  }

  async ppoForwardBackward(batch: readonly PpoDatum[], spec: PpoSpec): Promise<LossReport> {
    const parts = this.#deal(batch).map((indices) => indices.map((index) => batch[index]!));
    const totals = totalsOf(batch);
    await this.#getInStep();
    const reports = await Promise.all(
      this.#threads.map((thread, i) => thread.call<LossReport>("ppoAccumulate", parts[i], spec, totals)),
    );
    await this.#collectGradients(parts);
    return addReports(reports);
  }

  #deal(answers: readonly PpoAnswer[]): number[][] {
    return dealIndices(
      answers.map(({ ids }) => ids.length),
      this.#threads.length,
    );
  }

  /** To the first replica, one after another, in order: sums of floats depend on it. */
  async #collectGradients(parts: readonly (readonly unknown[])[]): Promise<void> {
    for (const [i, thread] of this.#others.entries()) {
      if (parts[i + 1]!.length === 0) continue;
      const shared = await this.#sharedMemory();
      await thread.call("exportFlat", "gradients", shared);
      await this.#first.call("importFlat", "gradients", shared);
    }
  }

  optimStep(learningRate: number): Promise<StepReport> {
    this.#inStep = false;
    return this.#first.call("optimStep", learningRate);
  }

  async freezeReference(): Promise<void> {
    await this.#getInStep();
    await this.#all("freezeReference");
  }

  save(folder: string, options: { readonly optimizer: boolean }): Promise<void> {
    return this.#first.call("save", folder, options);
  }

  async load(folder: string, options: { readonly optimizer: boolean }): Promise<void> {
    this.#inStep = false;
    // Each reads what is not trained for itself; what is trained follows from the first.
    await this.#first.call("load", folder, options);
    await Promise.all(this.#others.map((thread) => thread.call("load", folder, { optimizer: false })));
  }

  async close(): Promise<number> {
    const alive = await this.#all<number>("close");
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
    return alive.reduce((a, b) => a + b, 0);
  }

  #all<T>(method: string, ...args: readonly unknown[]): Promise<T[]> {
    return Promise.all(this.#threads.map((thread) => thread.call<T>(method, ...args)));
  }

  async #getInStep(): Promise<void> {
    if (this.#inStep || this.#others.length === 0) return;
    const shared = await this.#sharedMemory();
    await this.#first.call("exportFlat", "weights", shared);
    await Promise.all(this.#others.map((thread) => thread.call("importFlat", "weights", shared)));
    this.#inStep = true;
  }

  #sharedMemory(): Promise<SharedArrayBuffer> {
    this.#shared ??= this.#first
      .call<number>("parameterCount")
      .then((count) => new SharedArrayBuffer(count * Float32Array.BYTES_PER_ELEMENT));
    return this.#shared;
  }
}
