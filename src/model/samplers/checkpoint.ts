/** A checkpoint folder as a sampler: its model runs in a thread of its own, requests that wait together share a batch. */
import {
  InfraError,
  InputError,
  type Completion,
  type Sampler,
  type SamplingOptions,
} from "../../core/index.ts";
import { startThread } from "../../util/thread.ts";
import type { CheckpointSettings, Generated, Opened } from "./checkpoint-thread.ts";

export interface CheckpointOptions extends CheckpointSettings {
  readonly name: string;
  /** Rows of one batch. */
  readonly batch?: number;
}

interface Waiting {
  readonly prompt: string;
  readonly seed: number;
  readonly options: SamplingOptions;
  resolve(completion: Completion): void;
  reject(error: unknown): void;
}

const BATCH = 16;

/** Throws what the folder's files are blamed for (InputError) before anything is sampled. */
export async function openCheckpointSampler(options: CheckpointOptions): Promise<Sampler> {
  const { name, batch = BATCH, ...settings } = options;
  const own = import.meta.url;
  const thread = startThread(
    new URL(`./checkpoint-thread.${own.endsWith(".ts") ? "ts" : "js"}`, own),
    settings,
  );
  const opened = await thread.call<Opened>("open").catch((error: unknown) => ({ error }));
  if (!("fingerprint" in opened)) {
    await thread.terminate();
    throw "problem" in opened ? new InputError(opened.problem) : opened.error;
  }
  const { fingerprint } = opened;
  const queue: Waiting[] = [];
  let busy = false;

  const work = async (): Promise<void> => {
    busy = true;
    while (queue.length > 0) {
      const { options: sampling } = queue[0]!;
      const same = queue.filter((one) => sameOptions(one.options, sampling)).slice(0, batch);
      for (const one of same) queue.splice(queue.indexOf(one), 1);
      try {
        const requests = same.map(({ prompt, seed }) => ({ prompt, seed }));
        const answers = await thread.call<Generated[]>("generate", requests, sampling);
        answers.forEach((answer, index) => settle(same[index]!, answer));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        for (const one of same) one.reject(new InfraError("engine", `${name}: ${reason}`));
      }
    }
    busy = false;
  };

  return {
    name,
    identity: {
      fingerprint,
      template: settings.template ?? null,
      chat: settings.chat ?? null,
      system: settings.system ?? null,
    },
    parallel: batch,
    complete: ({ prompt, seed }, sampling) =>
      new Promise<Completion>((resolve, reject) => {
        queue.push({ prompt, seed, options: sampling, resolve, reject });
        // After what asks in the same turn has asked too.
        if (!busy) {
          busy = true;
          setImmediate(() => void work());
        }
      }),
    close: () => thread.terminate(),
  };
}

function settle(one: Waiting, answer: Generated): void {
  if (typeof answer === "string") one.reject(new InputError(answer));
  else one.resolve(answer);
}

const sameOptions = (a: SamplingOptions, b: SamplingOptions): boolean =>
  a.temperature === b.temperature && a.topP === b.topP && a.maxTokens === b.maxTokens;
