/** The training backend on libtorch, as it lives inside its thread: one model, its gradients, its optimizers, its sampler. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import { causalAttention, maskedAttention } from "../../model/attention.ts";
import { configJson, type DecoderConfig } from "../../model/config.ts";
import type { ConstraintModule } from "../../model/constraint.ts";
import { initialParameters, Decoder } from "../../model/decoder.ts";
import type { Rope } from "../../model/rope.ts";
import { LocalTurnSampler } from "../../model/turn-sampler.ts";
import {
  autocast,
  clearGrads,
  clipGradNorm,
  dispose,
  keep,
  liveTensors,
  loadSafetensors,
  noGrad,
  saveSafetensors,
  tensor,
  tidy,
  type Tensor,
} from "../../torch/index.ts";
import type { Datum, LossReport, LossSpec, StepReport } from "../backend.ts";
import { batchRows, packRows, weightOf } from "../packing.ts";
import { crossEntropyLoss, policyLogprobs, policyLoss, type PartialLoss } from "./losses.ts";
import { Optimizer, type OptimizerConfig } from "./optimizer.ts";
import { addPasses, toReport, type PassSums } from "./reports.ts";
import { layOut, type RowBatch } from "./rows.ts";

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
  /** Padded tokens in one forward pass. */
  readonly tokensPerBatch: number;
}

export class LocalEngine {
  readonly #config: EngineConfig;
  readonly #model: Decoder;
  readonly #rope: Rope;
  readonly #optimizer: Optimizer;
  readonly sampler: LocalTurnSampler;
  #reference: Decoder | undefined;

  constructor(config: EngineConfig, constraints: ConstraintModule | undefined) {
    this.#config = config;
    const parameters = initialParameters(config.model, config.seed);
    for (const parameter of parameters.values()) parameter.requiresGrad_();
    this.#model = new Decoder(config.model, parameters);
    this.#rope = this.#model.rope(config.model.maxPositions);
    this.#optimizer = new Optimizer(parameters, config.optimizer);
    const tokens = { stop: config.stopToken, pad: config.padToken };
    this.sampler = new LocalTurnSampler(this.#model, this.#rope, tokens, constraints);
  }

  /** Gradients accumulate over micro-batches whose losses add up to the loss of the batch. */
  forwardBackward(batch: readonly Datum[], loss: LossSpec): LossReport {
    return toReport(this.accumulate(batch, loss, weightOf(batch)));
  }

  /** The same for a part of a batch whose loss weights sum to `totalWeight`. */
  accumulate(batch: readonly Datum[], loss: LossSpec, totalWeight: number): PassSums {
    const lengths = new Map(
      batch.map((datum) => [datum, datum.weights.reduce((n, w) => n + (w > 0 ? 1 : 0), 0)]),
    );
    const passes: PassSums[] = [];
    for (const rows of batchRows(packRows(batch), this.#config.tokensPerBatch)) {
      const part = layOut(rows, this.#config.padToken);
      if (part.targets.length === 0) continue;
      tidy(() => {
        const logits = this.#trainingLogits(part);
        const result: PartialLoss =
          loss.kind === "cross-entropy"
            ? crossEntropyLoss(logits, part.targets, totalWeight)
            : policyLoss(logits, part.targets, loss, lengths, this.#referenceLogprobs(part, loss));
        result.loss.backward();
        passes.push({ loss: result.loss.item(), sums: result.sums, tokens: part.targets.length });
      });
    }
    return addPasses(passes);
  }

  #trainingLogits(part: RowBatch): Tensor {
    const logits = (): Tensor => this.#logitsAt(this.#model, part);
    return this.#config.precision === "bf16" ? autocast("cpu", "bfloat16", logits).float() : logits();
  }

  /** Logits [N, V] of the model for the N trained tokens of the micro-batch. */
  #logitsAt(model: Decoder, part: RowBatch): Tensor {
    const { rows, length, layout } = part;
    const attention =
      layout === undefined
        ? causalAttention(this.#rope)
        : maskedAttention(
            this.#rope,
            tensor(layout.positions, { shape: [rows, length] }),
            tensor(layout.visible, { shape: [rows, 1, length, length] }).bool(),
          );
    const hidden = model.hidden(tensor(part.ids, { shape: [rows, length] }), attention);
    const at = BigInt64Array.from(part.targets, (target) => BigInt(target.at));
    return model.logits(hidden.reshape(rows * length, model.config.hiddenSize).indexSelect(0, tensor(at)));
  }

  #referenceLogprobs(part: RowBatch, loss: Extract<LossSpec, { kind: "policy" }>): Tensor | undefined {
    if (loss.beta === 0) return undefined;
    const reference = this.#reference;
    if (reference === undefined) throw new Error("a KL weight needs a reference policy: freeze one first");
    return noGrad(() => policyLogprobs(this.#logitsAt(reference, part), part.targets, loss.temperature).own);
  }

  optimStep(learningRate: number): StepReport {
    const parameters = [...this.#model.parameters.values()];
    const { norm, finite } = clipGradNorm(parameters, this.#config.maxGradNorm);
    if (finite) this.#optimizer.step(learningRate);
    clearGrads(parameters);
    return { gradNorm: norm, skipped: !finite };
  }

  get parameterCount(): number {
    return [...this.#model.parameters.values()].reduce((sum, parameter) => sum + parameter.numel, 0);
  }

  /** All weights, or all gradients (0 where there is none), one parameter after another. */
  exportFlat(what: "weights" | "gradients", into: Float32Array): void {
    let at = 0;
    tidy(() => {
      for (const parameter of this.#model.parameters.values()) {
        const values = what === "weights" ? parameter : parameter.grad;
        if (values === null) into.fill(0, at, at + parameter.numel);
        else into.set(values.toFloat32Array(), at);
        at += parameter.numel;
      }
    });
  }

  /** Overwrites the weights, or adds to the gradients. */
  importFlat(what: "weights" | "gradients", from: Float32Array): void {
    let at = 0;
    tidy(() =>
      noGrad(() => {
        for (const parameter of this.#model.parameters.values()) {
          const values = tensor(from.slice(at, at + parameter.numel), { shape: parameter.shape });
          at += parameter.numel;
          if (what === "weights") parameter.copy_(values);
          else parameter.grad = parameter.grad?.add(values) ?? values;
        }
      }),
    );
  }

  clearGradients(): void {
    clearGrads([...this.#model.parameters.values()]);
  }

  freezeReference(): void {
    const copies = tidy(() =>
      noGrad(() => new Map([...this.#model.parameters].map(([name, value]) => [name, keep(value.clone())]))),
    );
    dispose(this.#reference?.parameters);
    this.#reference = new Decoder(this.#config.model, copies);
  }

  async save(folder: string, options: { optimizer: boolean }): Promise<void> {
    await mkdir(folder, { recursive: true });
    saveSafetensors(join(folder, "model.safetensors"), this.#model.parameters);
    const config = configJson(this.#config.model, this.#config.stopToken, this.#config.padToken);
    await writeFile(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
    if (options.optimizer)
      saveSafetensors(join(folder, "optimizer.safetensors"), this.#optimizer.exportState());
  }

  async load(folder: string, options: { optimizer: boolean }): Promise<void> {
    const weights = loadSafetensors(join(folder, "model.safetensors"));
    this.#copyWeights(folder, weights);
    dispose(weights);
    if (!options.optimizer) return;
    const state = loadSafetensors(join(folder, "optimizer.safetensors"));
    this.#optimizer.importState(state);
    dispose(state);
  }

  #copyWeights(folder: string, weights: ReadonlyMap<string, Tensor>): void {
    noGrad(() => {
      for (const [name, parameter] of this.#model.parameters) {
        const value = weights.get(name);
        if (value === undefined || value.shape.join() !== parameter.shape.join()) {
          const found = value === undefined ? "nothing" : `[${value.shape.join(", ")}]`;
          throw new InputError(
            `${join(folder, "model.safetensors")}: ${name}: [${parameter.shape.join(", ")}] was expected, found ${found}`,
          );
        }
        parameter.copy_(value);
      }
    });
  }

  /** Frees everything; the number of tensors that are still alive afterwards. */
  close(): number {
    this.sampler.close();
    clearGrads([...this.#model.parameters.values()]);
    dispose(this.#model.parameters);
    dispose(this.#reference?.parameters);
    dispose(this.#rope);
    this.#optimizer[Symbol.dispose]();
    return liveTensors();
  }
}
