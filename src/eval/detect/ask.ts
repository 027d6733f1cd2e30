/** Asks a sampler about every row; what an earlier run was told is taken from its file. */
import {
  InfraError,
  InputError,
  SILENT,
  type Completion,
  type EventSink,
  type Sampler,
  type SamplingOptions,
} from "../../core/index.ts";
import type { KeyedLog } from "../../runs/keyed-log.ts";
import { mapLimit } from "../../util/concurrency.ts";
import { contentHash } from "../../util/hash.ts";
import { hash32 } from "../../util/rng.ts";
import type { Said } from "./evaluate.ts";

export interface Question {
  readonly id: string;
  readonly prompt: string;
}

export interface AskOptions {
  readonly sampling: SamplingOptions;
  /** Answers to each question. */
  readonly samples: number;
  readonly seed: number;
  readonly completions: KeyedLog<Completion>;
  readonly emit?: EventSink;
  readonly signal?: AbortSignal;
}

/** After so many failures one after another a sampler is not asked any more: each costs its tries and their waits. */
const GIVE_UP_AFTER = 8;

/** In the order of the questions; a question of which one answer failed for good is missing. */
export async function askAll(
  sampler: Sampler,
  questions: readonly Question[],
  options: AskOptions,
): Promise<Said[]> {
  const { samples, sampling, seed, completions, emit = SILENT, signal } = options;
  const stage = sampler.name;
  let [done, failures, reason] = [0, 0, ""];
  const total = questions.length * samples;
  const started = performance.now();
  emit({ kind: "stage-start", stage, total });

  const one = async (
    { id, prompt }: Question,
    sample: number,
  ): Promise<Completion | "too long" | "failed"> => {
    signal?.throwIfAborted();
    // Not negative, as some endpoints refuse that.
    const request = { prompt, seed: hash32(`${seed}/${id}/${sample}`) >>> 1 };
    const key = contentHash({ sampler: sampler.identity, request, sampling });
    const known = completions.get(key);
    if (known !== undefined) return known;
    if (failures >= GIVE_UP_AFTER) return "failed";
    try {
      const completion = await sampler.complete(request, sampling, signal);
      completions.put(key, completion);
      failures = 0;
      return completion;
    } catch (error) {
      if (error instanceof InputError) return "too long";
      if (!(error instanceof InfraError)) throw error;
      if (reason !== error.message) emit({ kind: "note", text: error.message });
      reason = error.message;
      if (++failures === GIVE_UP_AFTER)
        emit({ kind: "note", text: `${stage}: ${failures} failures one after another; not asked any more` });
      return "failed";
    } finally {
      emit({ kind: "stage-step", stage, done: ++done, total });
    }
  };

  const work = questions.flatMap((question) =>
    Array.from({ length: samples }, (_, sample) => ({ question, sample })),
  );
  const got = await mapLimit(work, sampler.parallel, ({ question, sample }) => one(question, sample));
  signal?.throwIfAborted();
  emit({ kind: "stage-end", stage, seconds: (performance.now() - started) / 1000 });
  return questions.flatMap(({ id }, index): Said[] => {
    const mine = got.slice(index * samples, (index + 1) * samples);
    if (mine.includes("too long")) return [{ id, answers: [], too_long: true }];
    const texts = mine.filter((each): each is Completion => typeof each !== "string");
    if (texts.length < mine.length) return [];
    const cut = texts.filter(({ finished }) => !finished).length;
    return [{ id, answers: texts.map(({ text }) => text), ...(cut === 0 ? {} : { cut }) }];
  });
}
