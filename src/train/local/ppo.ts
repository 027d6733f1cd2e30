/** PPO's passes over a policy and its value net. */
import { packedAttention } from "../../model/attention.ts";
import type { Decoder } from "../../model/decoder.ts";
import type { Rope } from "../../model/rope.ts";
import { noGrad, tensor, tidy, zeros, type Tensor } from "../../torch/index.ts";
import type { LossReport, PpoAnswer, PpoDatum, PpoScores, PpoSpec } from "../backend.ts";
import { ppoLoss, type PpoBatch, type PpoTotals } from "../ppo/losses.ts";
import { answerLength, packAnswers, padded, placesIn, type AnswerRow } from "./answers.ts";
import { headLoss, rowsPerChunk, scoreTokens, type TokenScores } from "./head-loss.ts";
import { addReports } from "./reports.ts";
import type { ValueNet } from "./value-net.ts";

export interface PpoNets {
  readonly policy: Decoder;
  readonly values: ValueNet;
  readonly rope: Rope;
  /** Tokens in one forward pass, packed without padding. */
  readonly tokensPerBatch: number;
}

/** What `reference` and the value net say, in the order of the answers. */
export function scoreAnswers(
  { values, rope, tokensPerBatch }: PpoNets,
  reference: Decoder,
  answers: readonly PpoAnswer[],
  temperature: number,
): PpoScores[] {
  const scores = new Map<PpoAnswer, PpoScores>();
  for (const row of packAnswers(answers, tokensPerBatch))
    tidy(() =>
      noGrad(() => {
        const ids = tensor(row.ids).unsqueeze(0);
        const attention = packedAttention(rope, row.pieces);
        const own = scoreTokens(
          (hidden) => reference.logits(hidden),
          hiddenAt(reference, rope, ids, row),
          { ids: row.targets, temperature },
          rowsPerChunk(reference.config.vocabSize),
        ).logprobs.toNumbers();
        const said = values.values(ids, attention, tensor(row.valuedAt)).toNumbers();
        for (const answer of row.answers) {
          const n = answerLength(answer);
          scores.set(answer, { reference: own.splice(0, n), values: said.splice(0, n + 1) });
        }
      }),
    );
  return answers.map((answer) => scores.get(answer)!);
}

/** Loss and metrics are parts of the minibatch's whose totals are given: they add up. */
export function ppoPass(
  nets: PpoNets,
  batch: readonly PpoDatum[],
  spec: PpoSpec,
  totals: PpoTotals,
): LossReport {
  const { policy, values, rope, tokensPerBatch } = nets;
  const reports: LossReport[] = [];
  for (const row of packAnswers(batch, tokensPerBatch))
    tidy(() => {
      const ids = tensor(row.ids).unsqueeze(0);
      const said = values.values(ids, packedAttention(rope, row.pieces), tensor(row.valuedAt));
      const hidden = hiddenAt(policy, rope, ids, row);
      const width = Math.max(...row.answers.map(answerLength)) + 1;
      const inGrid = (flat: Tensor, extra: 0 | 1): Tensor =>
        zeros([row.answers.length * width])
          .indexAdd(0, tensor(placesIn(row.answers, width, extra)), flat)
          .view(row.answers.length, width);
      const lossOf = (scores: TokenScores): { loss: Tensor; metrics: Record<string, number> } => {
        const { loss, metrics } = ppoLoss(
          before(row, width),
          inGrid(scores.logprobs, 0),
          inGrid(said, 1),
          spec,
          totals,
        );
        return { loss, metrics: { ...metrics, entropy: scores.entropy.sum().item() / totals.tokens } };
      };
      const { parts, gradient } = headLoss(
        (rows) => policy.logits(rows),
        hidden,
        { ids: row.targets, temperature: spec.temperature },
        { tokenwise: false, rowsPerChunk: rowsPerChunk(policy.config.vocabSize) },
        lossOf,
      );
      hidden.backward(gradient);
      reports.push(...parts);
    });
  return addReports(reports);
}

/** What was known of the answers before the update. */
function before({ answers }: AnswerRow<PpoDatum>, width: number): PpoBatch {
  const grid = (of: (datum: PpoDatum) => readonly number[]): number[][] => padded(answers.map(of), width);
  return {
    last: answers.map((answer) => answerLength(answer) - 1),
    logprobs: grid((datum) => datum.logprobs),
    values: grid((datum) => datum.values),
    advantages: grid((datum) => datum.advantages),
    returns: grid((datum) => datum.returns),
  };
}

/** Final hidden states [N, d] from which the answers' tokens are predicted. */
function hiddenAt(
  model: Decoder,
  rope: Rope,
  ids: Tensor,
  { pieces, predictedAt }: AnswerRow<PpoAnswer>,
): Tensor {
  const hidden = model.hidden(ids, packedAttention(rope, pieces)).view(-1, model.config.hiddenSize);
  return hidden.indexSelect(0, tensor(predictedAt));
}
