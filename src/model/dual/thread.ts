/** Entry of a dual model's thread: one decoder, its adapters and heads; it scores, and it writes. */
import { join } from "node:path";
import { workerData } from "node:worker_threads";
import { InputError } from "../../core/errors.ts";
import type { SamplingOptions, WaveChange } from "../../core/sampling.ts";
import { setNumThreads } from "../../torch/index.ts";
import { serveThread } from "../../util/thread.ts";
import type { ConstraintModule } from "../constraint.ts";
import { Decoder, decoderWeights } from "../decoder.ts";
import { loadDecoder } from "../load.ts";
import { Adapters } from "../lora/adapters.ts";
import { loadAdapter } from "../lora/folder.ts";
import { endTokens } from "../samplers/end-tokens.ts";
import { Tokenizer } from "../tokenizer.ts";
import { LocalTurnSampler } from "../turn-sampler.ts";
import { loadHead, type Head } from "./folder.ts";
import type { Pooling } from "./head.ts";
import { collectStates, headProbabilities, type StateSource } from "./states.ts";

export interface DualSettings {
  /** A Hugging Face folder with a tokenizer. */
  readonly checkpoint: string;
  /** PEFT folders by name. */
  readonly adapters: Readonly<Record<string, string>>;
  /** Folders of heads by name. */
  readonly heads: Readonly<Record<string, string>>;
  /** URL of a ConstraintModule. */
  readonly constraintModule?: string;
}

type Ids = readonly (readonly number[])[];

const settings = workerData as DualSettings;
// Replicas are the parallelism: for small operators a second thread each costs more in waiting than it saves.
setNumThreads(1);

interface Opened extends StateSource {
  readonly adapters: Adapters;
  readonly heads: ReadonlyMap<string, Head>;
  readonly sampler: LocalTurnSampler;
}
let opened: Opened | undefined;

/** With an adapter in use, as if the base had been trained; without one, the base. */
function using(adapter: string | undefined): Opened {
  opened!.adapters.use(adapter);
  return opened!;
}

async function open(): Promise<void> {
  const { checkpoint, constraintModule } = settings;
  const tokenizer = await Tokenizer.load(checkpoint);
  const base = await loadDecoder(checkpoint);
  const weights = decoderWeights(base.config, base.parameters);
  const adapters = new Adapters(weights);
  for (const [name, folder] of Object.entries(settings.adapters)) {
    adapters.add(name, loadAdapter(folder, weights));
    adapters.merge(name);
  }
  const model = new Decoder(base.config, base.parameters, adapters);
  const rope = model.rope(base.config.maxPositions);
  const { stop, pad } = endTokens(checkpoint, tokenizer);
  const constraints =
    constraintModule === undefined ? undefined : ((await import(constraintModule)) as ConstraintModule);
  const heads = new Map(Object.entries(settings.heads).map(([name, folder]) => [name, loadHead(folder)]));
  for (const [name, head] of heads)
    if (head.config.inputs !== base.config.hiddenSize)
      throw new InputError(
        `${join(settings.heads[name]!, "head.json")}: inputs: expected ${base.config.hiddenSize}, the width of ${checkpoint}`,
      );
  opened = {
    model,
    rope,
    pad,
    adapters,
    heads,
    sampler: new LocalTurnSampler(model, rope, { stop, pad }, constraints),
  };
}

serveThread({
  // What is wrong with a folder goes over as data: an error loses its class on the way.
  open: async (): Promise<{ readonly problem?: string }> => {
    try {
      await open();
      return {};
    } catch (error) {
      if (error instanceof InputError) return { problem: error.message };
      throw error;
    }
  },
  about: () => ({
    width: opened!.model.config.hiddenSize,
    thresholds: Object.fromEntries([...opened!.heads].map(([name, { threshold }]) => [name, threshold])),
  }),
  states: (sequences: Ids, pooling: Pooling, adapter: string | undefined) => {
    return collectStates(using(adapter), sequences, pooling);
  },
  probabilities: (sequences: Ids, head: string, adapter: string | undefined) => {
    const source = using(adapter);
    return headProbabilities(source, sequences, source.heads.get(head)!);
  },
  begin: (wave: number, prompts: Ids, copies: number, adapter: string | undefined) =>
    using(adapter).sampler.begin(wave, prompts, copies),
  advance: (
    wave: number,
    change: WaveChange,
    options: SamplingOptions,
    steps: number,
    adapter: string | undefined,
  ) => using(adapter).sampler.advance(wave, change, options, steps),
  end: (wave: number) => opened!.sampler.end(wave),
});
