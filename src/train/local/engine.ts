/** The training backend on libtorch, as it lives inside its thread: one model, its gradients, its optimizers, its sampler. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configJson, type DecoderConfig } from "../../model/config.ts";
import type { ConstraintModule } from "../../model/constraint.ts";
import type { LoraConfig } from "../../model/lora/config.ts";
import type { Rope } from "../../model/rope.ts";
import { LocalTurnSampler } from "../../model/turn-sampler.ts";
import {
  clearGrads,
  clipGradNorm,
  dispose,
  liveTensors,
  loadSafetensors,
  noGrad,
  saveSafetensors,
  tensor,
  tidy,
  type Tensor,
} from "../../torch/index.ts";
import type {
  Datum,
  LossReport,
  LossSpec,
  PpoAnswer,
  PpoDatum,
  PpoScores,
  PpoSpec,
  StepReport,
} from "../backend.ts";
import { fillBatches, packPairs, packRows, unitOf, weightOf } from "../packing.ts";
import type { PpoTotals } from "../ppo/losses.ts";
import { Optimizer, type OptimizerConfig } from "./optimizer.ts";
import { trainingPass, type PassNets } from "./pass.ts";
import { clipExtremes, type BatchTotals } from "./policy-loss.ts";
import { PolicyNet, type Snapshot } from "./policy-net.ts";
import { ppoPass, scoreAnswers, type PpoNets } from "./ppo.ts";
import { addPasses, toReport, type PassSums } from "./reports.ts";
import { layOut } from "./rows.ts";
import { ValueNet } from "./value-net.ts";

export interface EngineConfig {
  readonly model: DecoderConfig;
  /** Of the initial weights. */
  readonly seed: number;
  readonly stopToken: number;
  readonly padToken: number;
  readonly optimizer: OptimizerConfig;
  /** Gradients are scaled so that their global norm is at most this. */
  readonly maxGradNorm: number;
  /** bf16: matrix products and attention of training in bfloat16, weights and everything else in float32. */
  readonly precision: "fp32" | "bf16";
  /** Tokens in one forward pass, packed without padding; a longer sequence stands alone. */
  readonly tokensPerBatch: number;
  /** Computes each layer again in the backward pass instead of keeping what it computed. Default: with `quantize`. */
  readonly gradientCheckpointing?: boolean;
  /** Trains an adapter before the weights instead of the weights. */
  readonly lora?: LoraConfig;
  /**
   * With `lora`: the matrices of the layers stay in four bits (QLoRA), each expanded when it is computed, forwards and
   * with gradient checkpointing backwards, and when tokens are drawn.
   */
  readonly quantize?: "nf4";
  /** For PPO: a value net, which learns at this many times the policy's learning rate. */
  readonly valueNet?: { readonly learningRateScale: number };
}

/** Of a checkpoint with optimizer state. */
const VALUE_FOLDER = "value";

export class LocalEngine {
  readonly #config: EngineConfig;
  readonly #policy: PolicyNet;
  readonly #rope: Rope;
  readonly #optimizer: Optimizer;
  readonly sampler: LocalTurnSampler;
  readonly #values: ValueNet | undefined;
  #reference: Snapshot | undefined;

  constructor(config: EngineConfig, constraints: ConstraintModule | undefined) {
    this.#config = config;
    this.#policy = new PolicyNet(config);
    const { model, trained } = this.#policy;
    this.#rope = model.rope(config.model.maxPositions);
    this.#optimizer = new Optimizer(trained, config.optimizer);
    if (config.valueNet !== undefined)
      this.#values = new ValueNet(config.model, config.optimizer, config.seed);
    const tokens = { stop: config.stopToken, pad: config.padToken };
    const prepare = (): void => this.#policy.mergeForSampling();
    this.sampler = new LocalTurnSampler(model, this.#rope, tokens, constraints, prepare);
  }

  /** Gradients accumulate over micro-batches whose losses add up to the loss of the batch. */
  forwardBackward(batch: readonly Datum[], loss: LossSpec): LossReport {
    return toReport(this.accumulate(batch, loss, weightOf(batch)));
  }

  /** The same for a part of a batch whose loss weights sum to `totalWeight`. */
  accumulate(batch: readonly Datum[], loss: LossSpec, totalWeight: number): Required<PassSums> {
    this.#policy.unmerge();
    const lengths = new Map(
      batch.map((datum) => [datum, datum.weights.reduce((n, w) => n + (w > 0 ? 1 : 0), 0)]),
    );
    const totals: BatchTotals = { lengths, weight: totalWeight, clipped: new Map() };
    const passes: PassSums[] = [];
    const units = loss.kind === "preference" ? packPairs(batch) : packRows(batch).map(unitOf);
    for (const unit of fillBatches(units, this.#config.tokensPerBatch)) {
      const part = layOut(unit.flatMap(({ rows }) => rows));
      if (part.targets.length > 0)
        passes.push(
          ...this.#withDropout(passes.length, () => trainingPass(this.#nets(), part, loss, totals)),
        );
    }
    const { least, most } = clipExtremes(totals);
    const sums = addPasses(passes);
    return { ...sums, sequences: sums.sequences > 0 ? sums.sequences : batch.length, least, most };
  }

  #withDropout<T>(part: number, body: () => T): T {
    return this.#policy.withDropout(`${part}`, () => tidy(body));
  }

  #nets(): PassNets {
    const { precision, quantize, gradientCheckpointing = quantize !== undefined } = this.#config;
    return {
      policy: this.#policy.model,
      reference: this.#reference?.model,
      rope: this.#rope,
      precision,
      gradientCheckpointing,
    };
  }

  scoreAnswers(answers: readonly PpoAnswer[], temperature: number): PpoScores[] {
    if (this.#reference === undefined) throw new Error("PPO needs a reference policy: start it first");
    return scoreAnswers(this.#ppoNets(), this.#reference.model, answers, temperature);
  }

  /** For a part of a minibatch whose totals are given. */
  ppoAccumulate(batch: readonly PpoDatum[], spec: PpoSpec, totals: PpoTotals): LossReport {
    this.#policy.unmerge();
    return this.#withDropout(0, () => ppoPass(this.#ppoNets(), batch, spec, totals));
  }

  #ppoNets(): PpoNets {
    if (this.#values === undefined) throw new Error("PPO needs an engine with a value net");
    const { tokensPerBatch } = this.#config;
    return { policy: this.#policy.model, values: this.#values, rope: this.#rope, tokensPerBatch };
  }

  /** Each net is clipped by itself: a value net that is far off must not slow the policy down. */
  optimStep(learningRate: number): StepReport {
    this.#policy.unmerge();
    const { maxGradNorm, valueNet } = this.#config;
    const { norm, finite } = clipGradNorm([...this.#policy.trained.values()], maxGradNorm);
    const values = clipGradNorm(this.#ofValues(), maxGradNorm);
    const sound = finite && values.finite;
    if (sound) {
      this.#optimizer.step(learningRate);
      this.#values?.step(learningRate * (valueNet?.learningRateScale ?? 1));
    }
    this.clearGradients();
    return { gradNorm: norm, skipped: !sound };
  }

  /** Of the policy, then of the value net. */
  #trained(): Tensor[] {
    return [...this.#policy.trained.values(), ...this.#ofValues()];
  }

  #ofValues(): Tensor[] {
    return [...(this.#values?.parameters.values() ?? [])];
  }

  /** What `exportFlat` writes. */
  get parameterCount(): number {
    return this.#trained().reduce((sum, parameter) => sum + parameter.numel, 0);
  }

  /** All weights that are trained, or their gradients (0 where there is none), one parameter after another. */
  exportFlat(what: "weights" | "gradients", into: Float32Array): void {
    let at = 0;
    tidy(() => {
      for (const parameter of this.#trained()) {
        const values = what === "weights" ? parameter : parameter.grad;
        if (values === null) into.fill(0, at, at + parameter.numel);
        else into.set(values.toFloat32Array(), at);
        at += parameter.numel;
      }
    });
  }

  /** Overwrites the weights, or adds to the gradients. */
  importFlat(what: "weights" | "gradients", from: Float32Array): void {
    this.#policy.unmerge();
    let at = 0;
    tidy(() =>
      noGrad(() => {
        for (const parameter of this.#trained()) {
          const values = tensor(from.slice(at, at + parameter.numel), { shape: parameter.shape });
          at += parameter.numel;
          if (what === "weights") parameter.copy_(values);
          else parameter.grad = parameter.grad?.add(values) ?? values;
        }
      }),
    );
  }

  clearGradients(): void {
    clearGrads(this.#trained());
  }

  startPpo(): void {
    this.freezeReference();
    const copies = this.#policy.copies();
    this.#ppoNets().values.startFrom(copies);
    dispose(copies);
  }

  freezeReference(): void {
    this.#reference?.dispose();
    this.#reference = this.#policy.snapshot();
  }

  async save(folder: string, options: { optimizer: boolean }): Promise<void> {
    await this.#policy.save(folder, options.optimizer);
    const config = configJson(this.#config.model, this.#config.stopToken, this.#config.padToken);
    await writeFile(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
    if (!options.optimizer) return;
    saveSafetensors(join(folder, "optimizer.safetensors"), this.#optimizer.exportState());
    await this.#values?.save(join(folder, VALUE_FOLDER));
  }

  async load(folder: string, options: { optimizer: boolean }): Promise<void> {
    this.#policy.unmerge();
    this.#policy.load(folder, options.optimizer);
    if (!options.optimizer) return;
    const state = loadSafetensors(join(folder, "optimizer.safetensors"));
    this.#optimizer.importState(state);
    dispose(state);
    this.#values?.load(join(folder, VALUE_FOLDER));
  }

  /** Frees everything; the number of tensors that are still alive afterwards. */
  close(): number {
    this.sampler.close();
    this.clearGradients();
    this.#reference?.dispose();
    this.#policy[Symbol.dispose]();
    this.#values?.[Symbol.dispose]();
    dispose(this.#rope);
    this.#optimizer[Symbol.dispose]();
    return liveTensors();
  }
}
