/** Calls to a sampler that cost money: each answer is kept, failures are tried again, and a ceiling is never passed. */
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
import { costOf, mostCost, type Ledger, type Price } from "./ledger.ts";

export interface Call {
  readonly prompt: string;
  readonly seed: number;
}

/** `ceiling`: there was no money left; `failed`: all tries failed; `refused`: this prompt can have no answer. */
export type Answer = Completion | "ceiling" | "failed" | "refused";
export const isAnswer = (answer: Answer): answer is Completion => typeof answer !== "string";

export interface CallsOptions {
  /** Makes one try of each request only: tries are counted and paid for here. */
  readonly sampler: Sampler;
  readonly sampling: SamplingOptions;
  readonly answers: KeyedLog<Completion>;
  readonly ledger: Ledger;
  /** Undefined: the calls cost nothing. */
  readonly price: Price | undefined;
  /** What the sampler puts around a prompt: its template and system message. */
  readonly around?: string;
  readonly tries?: number;
  /** Before the second try; doubles from try to try. */
  readonly backoffMs?: number;
  readonly emit?: EventSink;
  readonly signal?: AbortSignal;
}

export interface CallCounts {
  readonly asked: number;
  /** Answers that were there already. */
  readonly known: number;
  readonly attempts: number;
  readonly failed_attempts: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

export interface Calls {
  /** In the order of the calls. On an abort, calls under way are still waited for, as they are paid. */
  all(stage: string, calls: readonly Call[]): Promise<Answer[]>;
  counts(): CallCounts;
}

const TRIES = 8;
/** Refusals of an endpoint before it has worked on the request. */
const NOT_CHARGED = /HTTP (4\d\d|5\d\d)/;

export function createCalls(options: CallsOptions): Calls {
  const { sampler, sampling, answers, ledger, price, tries = TRIES, backoffMs = 250 } = options;
  const { around = "", emit = SILENT, signal } = options;
  const counts = {
    asked: 0,
    known: 0,
    attempts: 0,
    failed_attempts: 0,
    prompt_tokens: 0,
    completion_tokens: 0,
  };
  const keyOf = (call: Call): string => contentHash({ sampler: sampler.identity, request: call, sampling });
  /** Woken when a call ends, which may have made room under the ceiling. */
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const all = waiting;
    waiting = [];
    for (const go of all) go();
  };

  /** Ends of pauses: an abort ends them all. */
  const pauses = new Set<() => void>();
  signal?.addEventListener("abort", () => pauses.forEach((end) => end()), { once: true });
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      pauses.add(end);
    });

  const settle: Ledger["settle"] = (attempt, state, cost) => {
    ledger.settle(attempt, state, cost);
    wake();
  };

  async function reserve(attempt: string, most: number): Promise<boolean> {
    for (;;) {
      if (ledger.reserve(attempt, most)) return true;
      // What is under way is reserved at its most and will cost less.
      if (ledger.underWay() === 0) return false;
      await new Promise<void>((go) => waiting.push(go));
    }
  }

  async function one(call: Call): Promise<Answer> {
    const key = keyOf(call);
    counts.asked++;
    const known = answers.get(key);
    if (known !== undefined) {
      counts.known++;
      return known;
    }
    const most = price === undefined ? 0 : mostCost(call.prompt + around, sampling.maxTokens, price);
    for (let attempt = 1; attempt <= tries; attempt++) {
      signal?.throwIfAborted();
      const name = `${key}/${attempt}/${process.pid}/${Date.now()}`;
      if (!(await reserve(name, most))) return "ceiling";
      counts.attempts++;
      try {
        const answer = await sampler.complete(call, sampling);
        // First the answer, then its price: killed in between, it is paid for at its most and not asked for again.
        answers.put(key, answer);
        const { promptTokens, completionTokens } = answer;
        const counted = promptTokens !== null && completionTokens !== null && price !== undefined;
        settle(name, "paid", counted ? costOf(promptTokens, completionTokens, price) : most);
        counts.prompt_tokens += promptTokens ?? 0;
        counts.completion_tokens += completionTokens ?? 0;
        return answer;
      } catch (error) {
        counts.failed_attempts++;
        const message = error instanceof Error ? error.message : String(error);
        const free = error instanceof InputError || NOT_CHARGED.test(message);
        settle(name, free ? "free" : "unknown", free ? 0 : most);
        if (error instanceof InputError) return "refused";
        if (!(error instanceof InfraError)) throw error;
        // The same wait for all would bring all back at once.
        if (attempt < tries) await pause(backoffMs * 2 ** (attempt - 1) * (0.5 + Math.random()));
        else emit({ kind: "note", text: `${message}, after ${tries} tries` });
      }
    }
    return "failed";
  }

  return {
    async all(stage, calls) {
      let done = 0;
      const started = performance.now();
      emit({ kind: "stage-start", stage, total: calls.length });
      const found = await mapLimit(calls, sampler.parallel, async (call): Promise<Answer | "aborted"> => {
        if (signal?.aborted === true) return "aborted";
        const answer = await one(call).catch((error: unknown) => {
          if (signal?.aborted === true) return "aborted" as const;
          throw error;
        });
        emit({ kind: "stage-step", stage, done: ++done, total: calls.length });
        return answer;
      });
      signal?.throwIfAborted();
      emit({ kind: "stage-end", stage, seconds: (performance.now() - started) / 1000 });
      return found as Answer[];
    },
    counts: () => ({ ...counts }),
  };
}
