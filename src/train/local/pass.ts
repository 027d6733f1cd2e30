/** One forward and backward pass over a packed micro-batch. */
import { packedAttention, type Attention } from "../../model/attention.ts";
import type { Decoder } from "../../model/decoder.ts";
import type { Rope } from "../../model/rope.ts";
import { autocast, noGrad, tensor, tidy, zerosLike, type Tensor } from "../../torch/index.ts";
import type { LossSpec } from "../backend.ts";
import { headLoss, rowsPerChunk, scoreTokens, type TokenScores } from "./head-loss.ts";
import { chosenTokens, crossEntropyLoss, type PartialLoss } from "./losses.ts";
import { isTokenwise, policyLoss, type BatchTotals } from "./policy-loss.ts";
import { preferenceLoss } from "./preference-loss.ts";
import type { PassSums } from "./reports.ts";
import type { RowBatch, Target } from "./rows.ts";

export interface PassNets {
  readonly policy: Decoder;
  /** What a KL weight is about. */
  readonly reference: Decoder | undefined;
  readonly rope: Rope;
  readonly precision: "fp32" | "bf16";
  readonly gradientCheckpointing: boolean;
}

/** Adds the gradients of the micro-batch's share of the loss. */
export function trainingPass(
  nets: PassNets,
  part: RowBatch,
  loss: LossSpec,
  totals: BatchTotals,
): PassSums[] {
  const { policy } = nets;
  const { targets } = part;
  const within = precisionOf(nets);
  const reference = referenceLogprobs(nets, part, loss);
  const lossOf = (scores: TokenScores): PartialLoss & { tokens: number } => {
    const { from, to } = scores;
    const own = targets.slice(from, to);
    return {
      ...lossOfTokens(loss, scores, own, totals, reference?.narrow(0, from, to - from)),
      tokens: own.length,
    };
  };
  const { hidden, backward } = trainingHidden(nets, part);
  const { parts, gradient } = headLoss(
    (rows) => within(() => policy.logits(rows)),
    hidden,
    chosenTokens(targets, temperatureOf(loss)),
    {
      tokenwise: loss.kind === "cross-entropy" || (loss.kind === "policy" && isTokenwise(loss)),
      rowsPerChunk: rowsPerChunk(policy.config.vocabSize),
    },
    lossOf,
  );
  backward(gradient);
  return parts;
}

function lossOfTokens(
  loss: LossSpec,
  scores: TokenScores,
  targets: readonly Target[],
  totals: BatchTotals,
  reference: Tensor | undefined,
): PartialLoss {
  switch (loss.kind) {
    case "cross-entropy":
      return crossEntropyLoss(scores, targets, totals.weight);
    case "policy":
      return policyLoss(scores, targets, loss, totals, reference);
    case "preference":
      return preferenceLoss(scores, targets, loss, reference!);
  }
}

const temperatureOf = (loss: LossSpec): number => (loss.kind === "policy" ? loss.temperature : 1);

const precisionOf =
  ({ precision, rope }: PassNets) =>
  (body: () => Tensor): Tensor =>
    precision === "bf16" ? autocast(rope.cos.device.split(":")[0]!, "bfloat16", body) : body();

function inputsOf(rope: Rope, part: RowBatch): { ids: Tensor; attention: Attention; at: Tensor } {
  const { device } = rope.cos;
  return {
    ids: tensor(part.ids, { device }).unsqueeze(0),
    attention: packedAttention(rope, part.pieces),
    at: tensor(
      BigInt64Array.from(part.targets, (target) => BigInt(target.at)),
      { device },
    ),
  };
}

/** Final hidden states [N, d] where the N trained tokens are predicted. */
function hiddenAt(model: Decoder, rope: Rope, part: RowBatch): Tensor {
  const { ids, attention, at } = inputsOf(rope, part);
  return model.hidden(ids, attention).view(-1, model.config.hiddenSize).indexSelect(0, at);
}

/** Those of the policy, and what takes their gradient to the parameters. */
function trainingHidden(
  nets: PassNets,
  part: RowBatch,
): { hidden: Tensor; backward: (gradient: Tensor) => void } {
  const { policy, rope } = nets;
  const within = precisionOf(nets);
  if (!nets.gradientCheckpointing) {
    const hidden = within(() => hiddenAt(policy, rope, part));
    return { hidden, backward: (gradient) => hidden.backward(gradient) };
  }
  const { ids, attention, at } = inputsOf(rope, part);
  const { hidden, backward } = policy.checkpointed(ids, within, attention);
  const all = hidden.view(-1, policy.config.hiddenSize);
  return {
    hidden: all.indexSelect(0, at),
    backward: (gradient) =>
      backward(
        zerosLike(all)
          .indexAdd(0, at, gradient)
          .view(...hidden.shape),
      ),
  };
}

function referenceLogprobs(nets: PassNets, part: RowBatch, loss: LossSpec): Tensor | undefined {
  if (loss.kind === "cross-entropy" || (loss.kind === "policy" && loss.beta === 0)) return undefined;
  const { reference, rope } = nets;
  if (reference === undefined) throw new Error("this loss needs a reference policy: freeze one first");
  return tidy(() =>
    noGrad(
      () =>
        scoreTokens(
          (rows) => reference.logits(rows),
          hiddenAt(reference, rope, part),
          chosenTokens(part.targets, temperatureOf(loss)),
          rowsPerChunk(reference.config.vocabSize),
        ).logprobs,
    ),
  );
}
