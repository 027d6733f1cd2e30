/** A decoder with two heads, seen from outside its threads: one writes, the other decides in one forward pass. */
import { InputError } from "../../core/errors.ts";
import type { SamplingOptions, TurnResult, TurnSampler, WaveChange } from "../../core/sampling.ts";
import { startThread, type ThreadClient } from "../../util/thread.ts";
import type { Pooling } from "./head.ts";
import type { DualSettings } from "./thread.ts";

export type { DualSettings } from "./thread.ts";

type Ids = readonly (readonly number[])[];

export interface DualEngine {
  /** Of the hidden states. */
  readonly width: number;
  /** By head: from which probability on it speaks of a finding. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** See `collectStates`. An undefined adapter is the base model. */
  states(sequences: Ids, pooling: Pooling, adapter?: string): Promise<Float32Array[]>;
  /** Throws InputError for a head that was not opened. */
  probabilities(sequences: Ids, head: string, adapter?: string): Promise<number[]>;
  /** Draws in the first thread, with an adapter in use. */
  sampler(adapter?: string): TurnSampler;
  close(): Promise<void>;
}

/** Sequences handed to a thread at once, so that the quicker one gets more. */
const SHARE = 64;

/** `threads` replicas, one core each. Throws InputError that names the file and what was expected. */
export async function openDualEngine(settings: DualSettings, threads: number): Promise<DualEngine> {
  const own = import.meta.url;
  const module = new URL(`./thread.${own.endsWith(".ts") ? "ts" : "js"}`, own);
  const clients = Array.from({ length: threads }, () => startThread(module, settings));
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.terminate()));
  };
  try {
    for (const { problem } of await Promise.all(
      clients.map((client) => client.call<{ readonly problem?: string }>("open")),
    ))
      if (problem !== undefined) throw new InputError(problem);
    const first = clients[0]!;
    const { width, thresholds } = await first.call<Pick<DualEngine, "width" | "thresholds">>("about");
    return {
      width,
      thresholds,
      states: (sequences, pooling, adapter) =>
        shareOut(clients, sequences, (client, part) => client.call("states", part, pooling, adapter)),
      probabilities: async (sequences, head, adapter) => {
        if (thresholds[head] === undefined) throw new InputError(`there is no head ${head}`);
        return shareOut(clients, sequences, (client, part) =>
          client.call("probabilities", part, head, adapter),
        );
      },
      sampler: (adapter) => new AdapterSampler(first, adapter),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Longest first, so that those of like length stand together and the last part is the smallest. */
async function shareOut<R>(
  clients: readonly ThreadClient[],
  sequences: Ids,
  ask: (client: ThreadClient, part: Ids) => Promise<readonly R[]>,
): Promise<R[]> {
  const order = [...sequences.keys()].sort((a, b) => sequences[b]!.length - sequences[a]!.length);
  const out: R[] = Array.from({ length: sequences.length });
  let next = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (next < order.length) {
        const rows = order.slice(next, next + SHARE);
        next += rows.length;
        const found = await ask(
          client,
          rows.map((row) => sequences[row]!),
        );
        rows.forEach((row, index) => (out[row] = found[index]!));
      }
    }),
  );
  return out;
}

class AdapterSampler implements TurnSampler {
  readonly #thread: ThreadClient;
  readonly #adapter: string | undefined;

  constructor(thread: ThreadClient, adapter: string | undefined) {
    this.#thread = thread;
    this.#adapter = adapter;
  }

  begin(wave: number, prompts: Ids, copies: number): Promise<void> {
    return this.#thread.call("begin", wave, prompts, copies, this.#adapter);
  }

  advance(wave: number, change: WaveChange, options: SamplingOptions, steps: number): Promise<TurnResult[]> {
    return this.#thread.call("advance", wave, change, options, steps, this.#adapter);
  }

  end(wave: number): Promise<void> {
    return this.#thread.call("end", wave);
  }
}
