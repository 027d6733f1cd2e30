/** PPO's passes over a policy and its value net. */
import { causalAttention } from "../../model/attention.ts";
import type { Decoder } from "../../model/decoder.ts";
import type { Rope } from "../../model/rope.ts";
import { noGrad, tensor, tidy, type Tensor } from "../../torch/index.ts";
import type { LossReport, PpoAnswer, PpoDatum, PpoScores, PpoSpec } from "../backend.ts";
import { batchRows } from "../packing.ts";
import { ppoLoss, type PpoTotals } from "../ppo/losses.ts";
import { answerLength, layOutAnswers, padded, type AnswerRows } from "./answers.ts";
import { headLoss, rowsPerChunk, scoreTokens, type TokenScores } from "./head-loss.ts";
import { addReports } from "./reports.ts";
import type { ValueNet } from "./value-net.ts";

export interface PpoNets {
  readonly policy: Decoder;
  readonly values: ValueNet;
  readonly rope: Rope;
  readonly pad: number;
  /** Padded tokens in one forward pass. */
  readonly tokensPerBatch: number;
}

/** What `reference` and the value net say, in the order of the answers. */
export function scoreAnswers(
  { values, rope, pad, tokensPerBatch }: PpoNets,
  reference: Decoder,
  answers: readonly PpoAnswer[],
  temperature: number,
): PpoScores[] {
  const scores: PpoScores[] = Array.from({ length: answers.length });
  const rows = answers.map((answer, index) => ({ answer, index, length: answer.ids.length }));
  for (const part of batchRows(rows, tokensPerBatch)) {
    const layout = layOutAnswers(
      part.map(({ answer }) => answer),
      pad,
    );
    tidy(() =>
      noGrad(() => {
        const ids = idsOf(layout);
        const own = scoreTokens(
          (hidden) => reference.logits(hidden),
          hiddenAt(reference, rope, ids, layout),
          { ids: layout.targets, temperature },
          rowsPerChunk(reference.config.vocabSize),
        ).logprobs.toNumbers();
        const said = values.values(ids, causalAttention(rope), tensor(layout.at)).toNumbers();
        part.forEach(({ answer, index }, row) => {
          const [start, n] = [row * layout.width, answerLength(answer)];
          scores[index] = {
            reference: own.slice(start, start + n),
            values: said.slice(start, start + n + 1),
          };
        });
      }),
    );
  }
  return scores;
}

/** Loss and metrics are parts of the minibatch's whose totals are given: they add up. */
export function ppoPass(
  nets: PpoNets,
  batch: readonly PpoDatum[],
  spec: PpoSpec,
  totals: PpoTotals,
): LossReport {
  const { policy, values, rope, pad, tokensPerBatch } = nets;
  const rows = batch.map((datum) => ({ datum, length: datum.ids.length }));
  const reports: LossReport[] = [];
  for (const part of batchRows(rows, tokensPerBatch)) {
    const data = part.map(({ datum }) => datum);
    const layout = layOutAnswers(data, pad);
    const grid = (of: (datum: PpoDatum) => readonly number[]): number[][] =>
      padded(data.map(of), layout.width);
    tidy(() => {
      const ids = idsOf(layout);
      const shape = [layout.rows, layout.width];
      const said = values.values(ids, causalAttention(rope), tensor(layout.at));
      const hidden = hiddenAt(policy, rope, ids, layout);
      const lossOf = ({
        logprobs,
        entropy,
      }: TokenScores): { loss: Tensor; metrics: Record<string, number> } => {
        const { loss, metrics } = ppoLoss(
          {
            last: data.map((datum) => answerLength(datum) - 1),
            logprobs: grid((datum) => datum.logprobs),
            values: grid((datum) => datum.values),
            advantages: grid((datum) => datum.advantages),
            returns: grid((datum) => datum.returns),
          },
          logprobs.reshape(...shape),
          said.reshape(...shape),
          spec,
          totals,
        );
        return { loss, metrics: { ...metrics, entropy: entropyOf(entropy, data, layout) / totals.tokens } };
      };
      const { parts, gradient } = headLoss(
        (rows) => policy.logits(rows),
        hidden,
        { ids: layout.targets, temperature: spec.temperature },
        { tokenwise: false, rowsPerChunk: rowsPerChunk(policy.config.vocabSize) },
        lossOf,
      );
      hidden.backward(gradient);
      reports.push(...parts);
    });
  }
  return addReports(reports);
}

const idsOf = ({ ids, rows, length }: AnswerRows): Tensor => tensor(ids, { shape: [rows, length] });

/** Final hidden states [N, d] from which the answers' tokens are predicted. */
function hiddenAt(model: Decoder, rope: Rope, ids: Tensor, { at }: AnswerRows): Tensor {
  const hidden = model.hidden(ids, causalAttention(rope)).reshape(-1, model.config.hiddenSize);
  return hidden.indexSelect(0, tensor(at));
}

/** Summed over the answers' tokens. */
function entropyOf(entropy: Tensor, data: readonly PpoDatum[], { width }: AnswerRows): number {
  const each = entropy.toNumbers();
  return data.reduce((sum, datum, row) => {
    for (let t = 0; t < answerLength(datum); t++) sum += each[row * width + t]!;
    return sum;
  }, 0);
}
