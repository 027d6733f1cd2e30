/** Trains classification heads on states that were collected before: the decoder behind them is not touched. */
import { setImmediate } from "node:timers/promises";
import { headLogits, initialHead, standardise, trainable, type HeadConfig } from "../../model/dual/head.ts";
import {
  AdamW,
  bceWithLogits,
  clearGrads,
  clipGradNorm,
  dispose,
  keep,
  noGrad,
  tensor,
  tidy,
  type Tensor,
} from "../../torch/index.ts";
import { makeRng } from "../../util/rng.ts";
import { learningRateAt } from "../schedule.ts";

/** One labelled pair: its pooled state [d], or for attention the states of its tokens [T x d]. */
export interface StateRow {
  readonly states: Float32Array;
  readonly vulnerable: boolean;
}

export interface HeadTraining {
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onEpoch?: (epoch: number, metrics: { readonly loss: number; readonly validation: number }) => void;
}

/** The parameters of the epoch with the least loss on `validation`; the caller disposes them. */
export async function fitHead(
  config: HeadConfig,
  train: readonly StateRow[],
  validation: readonly StateRow[],
  { epochs, batch, learningRate, weightDecay, seed, signal, onEpoch }: HeadTraining,
): Promise<Map<string, Tensor>> {
  const parameters = initialHead(config, seed);
  const { means, deviations } = moments(train, config.inputs);
  standardise(parameters, means, deviations);
  const learnt = trainable(parameters);
  for (const parameter of learnt.values()) parameter.requiresGrad_();
  const flat = [...learnt].filter(([, { ndim }]) => ndim < 2);
  const optimizer = new AdamW(
    [
      { parameters: new Map([...learnt].filter(([, { ndim }]) => ndim >= 2)), weightDecay },
      { parameters: new Map(flat), weightDecay: 0 },
    ],
    { lr: 1 },
  );
  const perEpoch = Math.ceil(train.length / batch);
  const schedule = { peak: learningRate, warmupSteps: 10, totalSteps: epochs * perEpoch, floor: 0.05 };
  const rng = makeRng(`head/${seed}`);
  let best: { readonly loss: number; readonly parameters: Map<string, Tensor> } | undefined;
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      // The engine is synchronous: Ctrl-C and progress get their turn between epochs.
      await setImmediate();
      signal?.throwIfAborted();
      const order = rng.shuffle([...train.keys()]);
      let sum = 0;
      for (let step = 0; step < perEpoch; step++) {
        const rows = order.slice(step * batch, (step + 1) * batch).map((row) => train[row]!);
        sum +=
          rows.length *
          tidy(() => {
            const loss = lossOf(config, parameters, rows);
            loss.backward();
            return loss.item();
          });
        clipGradNorm([...learnt.values()], 1);
        setRate(optimizer, learningRateAt(epoch * perEpoch + step, schedule));
        optimizer.step();
        clearGrads([...learnt.values()]);
      }
      const loss =
        validation.length === 0 ? sum / train.length : measuredLoss(config, parameters, validation);
      if (best === undefined || loss < best.loss) {
        dispose(best?.parameters);
        best = { loss, parameters: copies(parameters) };
      }
      onEpoch?.(epoch, { loss: sum / train.length, validation: loss });
    }
    return best!.parameters;
  } catch (error) {
    dispose(best?.parameters);
    throw error;
  } finally {
    optimizer[Symbol.dispose]();
    dispose(parameters);
  }
}

function setRate(optimizer: AdamW, rate: number): void {
  for (const group of optimizer.groups) group.lr = rate;
}

const copies = (parameters: ReadonlyMap<string, Tensor>): Map<string, Tensor> =>
  tidy(() => noGrad(() => new Map([...parameters].map(([name, one]) => [name, keep(one.detach().clone())]))));

function lossOf(
  config: HeadConfig,
  parameters: ReadonlyMap<string, Tensor>,
  rows: readonly StateRow[],
): Tensor {
  const wanted = tensor(Float32Array.from(rows, ({ vulnerable }) => (vulnerable ? 1 : 0)));
  return bceWithLogits(rowLogits(config, parameters, rows), wanted);
}

function rowLogits(
  config: HeadConfig,
  parameters: ReadonlyMap<string, Tensor>,
  rows: readonly StateRow[],
): Tensor {
  const width = config.inputs;
  const longest = Math.max(...rows.map(({ states }) => states.length / width));
  const data = new Float32Array(rows.length * longest * width);
  rows.forEach(({ states }, row) => data.set(states, row * longest * width));
  if (config.pooling !== "attention")
    return headLogits(config, parameters, tensor(data, { shape: [rows.length, width] }));
  const mask = new Uint8Array(rows.length * longest);
  rows.forEach(({ states }, row) => mask.fill(1, row * longest, row * longest + states.length / width));
  return headLogits(
    config,
    parameters,
    tensor(data, { shape: [rows.length, longest, width] }),
    tensor(mask, { shape: [rows.length, longest] }).bool(),
  );
}

/** Rows of one forward pass when nothing is learnt. */
const ROWS = 256;

/** Probability of a finding for each row. */
export function headScores(
  config: HeadConfig,
  parameters: ReadonlyMap<string, Tensor>,
  rows: readonly StateRow[],
): number[] {
  const out: number[] = [];
  for (let from = 0; from < rows.length; from += ROWS)
    out.push(
      ...tidy(() =>
        noGrad(() =>
          rowLogits(config, parameters, rows.slice(from, from + ROWS))
            .sigmoid()
            .toFloat32Array(),
        ),
      ),
    );
  return out;
}

function measuredLoss(
  config: HeadConfig,
  parameters: ReadonlyMap<string, Tensor>,
  rows: readonly StateRow[],
): number {
  let sum = 0;
  for (let from = 0; from < rows.length; from += ROWS) {
    const part = rows.slice(from, from + ROWS);
    sum += part.length * tidy(() => noGrad(() => lossOf(config, parameters, part).item()));
  }
  return sum / rows.length;
}

/** Over all states of all rows: mean and standard deviation of each of `width` entries. */
function moments(
  rows: readonly StateRow[],
  width: number,
): { readonly means: Float32Array; readonly deviations: Float32Array } {
  const sums = new Float64Array(width);
  const squares = new Float64Array(width);
  let count = 0;
  for (const { states } of rows)
    for (let at = 0; at < states.length; at += width, count++)
      for (let i = 0; i < width; i++) {
        sums[i]! += states[at + i]!;
        squares[i]! += states[at + i]! ** 2;
      }
  const means = Float32Array.from(sums, (sum) => sum / count);
  const deviations = Float32Array.from(squares, (square, i) =>
    Math.sqrt(Math.max(0, square / count - (sums[i]! / count) ** 2)),
  );
  return { means, deviations };
}
