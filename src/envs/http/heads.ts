/** Phase 3: states of labelled pairs to a head with its threshold, of the shape that does best on validation. */
import { NO_ANALYSIS } from "../../data/http/index.ts";
import type { DualEngine } from "../../model/dual/engine.ts";
import type { Head } from "../../model/dual/folder.ts";
import type { HeadConfig } from "../../model/dual/head.ts";
import { dispose } from "../../torch/index.ts";
import { cachedStates } from "../../train/head/cache.ts";
import { fitHead, headScores, type HeadTraining, type StateRow } from "../../train/head/fit.ts";
import { chooseThreshold } from "../../train/head/threshold.ts";
import type { TriageExample } from "./examples.ts";
import type { TriageLanguage } from "./language.ts";

export type HeadShape = Omit<HeadConfig, "inputs">;

export interface StateSource {
  readonly engine: DualEngine;
  readonly language: TriageLanguage;
  /** Of base and adapter together. */
  readonly fingerprint: string;
  readonly adapter: string | undefined;
  /** Folder of the cache. */
  readonly cache: string;
}

/** The last hidden states of a question that asks for the verdict alone, collected once. */
export async function stateRows(
  { engine, language, fingerprint, adapter, cache }: StateSource,
  examples: readonly TriageExample[],
  pooling: HeadConfig["pooling"],
  engineered: boolean,
): Promise<StateRow[]> {
  const behind = language.bounds(NO_ANALYSIS);
  const sequences = examples.map((example) => [
    ...(engineered ? example.engineered : example.question),
    ...behind,
  ]);
  const model = `${fingerprint} ${adapter ?? ""}`;
  const states = await cachedStates(cache, { model, sequences, pooling }, () =>
    engine.states(sequences, pooling, adapter),
  );
  return states.map((one, index) => ({ states: one, vulnerable: examples[index]!.pair.is_vulnerable }));
}

export interface HeadTrial {
  readonly shape: HeadShape;
  /** On the validation rows at the head's threshold. */
  readonly accuracy: number;
  readonly falsePositiveRate: number;
}

export interface ChosenHead {
  /** The caller disposes its parameters. */
  readonly head: Head;
  readonly trials: readonly HeadTrial[];
}

/** Fits a head of each shape and keeps the one with the highest accuracy on validation rows, the first of equals. */
export async function chooseHead(
  source: StateSource,
  data: { readonly train: readonly TriageExample[]; readonly validation: readonly TriageExample[] },
  options: HeadTraining & {
    readonly shapes: readonly HeadShape[];
    readonly engineered: boolean;
    readonly maxFalsePositiveRate: number;
  },
): Promise<ChosenHead> {
  const { shapes, engineered, maxFalsePositiveRate, ...training } = options;
  let best: { readonly head: Head; readonly accuracy: number } | undefined;
  const trials: HeadTrial[] = [];
  for (const shape of shapes) {
    const train = await stateRows(source, data.train, shape.pooling, engineered);
    const validation = await stateRows(source, data.validation, shape.pooling, engineered);
    const config: HeadConfig = { ...shape, hidden: [...shape.hidden], inputs: source.engine.width };
    const parameters = await fitHead(config, train, validation, training);
    const scored = headScores(config, parameters, validation).map((probability, index) => ({
      probability,
      vulnerable: validation[index]!.vulnerable,
    }));
    const threshold = chooseThreshold(scored, maxFalsePositiveRate);
    const right = scored.filter((row) => row.probability >= threshold === row.vulnerable).length;
    const sound = scored.filter((row) => !row.vulnerable);
    const accuracy = right / scored.length;
    const falsePositiveRate =
      sound.filter(({ probability }) => probability >= threshold).length / Math.max(1, sound.length);
    trials.push({ shape, accuracy, falsePositiveRate });
    if (best !== undefined && best.accuracy >= accuracy) {
      dispose(parameters);
      continue;
    }
    dispose(best?.head.parameters);
    best = { head: { config, threshold, parameters }, accuracy };
  }
  return { head: best!.head, trials };
}
