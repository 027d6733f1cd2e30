/** Fits on validation how two classifiers are mixed: temperatures, weight, and a correction for how frequent labels are. */
import { mixScores, type Mixture } from "../model/mixture.ts";
import { fitProbabilities } from "./calibrate.ts";
import { measureScores } from "./classifier/measure.ts";

export interface MixtureRows {
  /** [rows, labels], row-major. */
  readonly encoder: Float32Array;
  readonly terms: Float32Array;
  readonly targets: Int32Array;
  /** Share of each label among the training rows. */
  readonly priors: readonly number[];
}

/** Weights of the encoder that are tried; the linear model has the rest. */
const WEIGHTS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
/** Strengths of the correction that are tried (tau of Menon et al. 2021, "Long-tail learning via logit adjustment"). */
const CORRECTIONS = [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5];

/** Probabilities above which the linear model may answer alone, the boldest first. */
const SURE = [0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98];

/**
 * The weight minimises the negative log-likelihood of the true labels, the correction maximises the mean of top-1,
 * top-3 and macro-F1: likelihood would never ask for one, since it gives to rare labels what frequent ones lose.
 * The linear model answers alone above the lowest probability at which that changes no first answer.
 */
export function fitMixture({ encoder, terms, targets, priors }: MixtureRows): Mixture {
  const labels = priors.length;
  const wanted = Array.from(targets, (target) => [target]);
  const temperatureOf = (scores: Float32Array): number =>
    fitProbabilities({ scores, targets, labels }).temperature;
  const temperatures = { encoder: temperatureOf(encoder), terms: temperatureOf(terms) };
  const mixture = (weight: number, correction: number, sure = 1): Mixture => ({
    sure,
    encoder: { temperature: temperatures.encoder, weight },
    terms: { temperature: temperatures.terms, weight: 1 - weight },
    bias: priors.map((prior) => -correction * Math.log(prior)),
  });
  const scores = (one: Mixture): Float32Array => mixScores(encoder, terms, one);
  const weight = least(
    WEIGHTS,
    (one) => fitProbabilities({ scores: scores(mixture(one, 0)), targets, labels }).loss,
  );
  const correction = least(CORRECTIONS, (one) => {
    const { top1, top3, macro_f1 } = measureScores(scores(mixture(weight, one)), wanted, labels);
    return -(top1 + top3 + macro_f1);
  });
  const firsts = firstAnswers(scores(mixture(weight, correction)), labels);
  const sure = SURE.find((one) => {
    const found = firstAnswers(scores(mixture(weight, correction, one)), labels);
    return found.every((answer, row) => answer === firsts[row]);
  });
  return mixture(weight, correction, sure);
}

/** Index of the best label of each row. */
function firstAnswers(scores: Float32Array, labels: number): number[] {
  return Array.from({ length: scores.length / labels }, (_, row) => {
    const own = scores.subarray(row * labels, (row + 1) * labels);
    return own.indexOf(own.reduce((a, b) => Math.max(a, b), -Infinity));
  });
}

/** The first of the options whose cost is lowest. */
function least(options: readonly number[], cost: (option: number) => number): number {
  const costs = options.map(cost);
  return options[costs.indexOf(Math.min(...costs))]!;
}
