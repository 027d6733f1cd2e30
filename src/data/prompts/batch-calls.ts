/** The same calls through a Batch API: what was handed over is on disk before it is waited for, so it is paid once. */
import { SILENT, type Completion } from "../../core/index.ts";
import type { KeyedLog } from "../../runs/keyed-log.ts";
import { contentHash } from "../../util/hash.ts";
import type { Answer, Call, CallCounts, Calls, CallsOptions } from "./calls.ts";
import { costOf, mostCost } from "./ledger.ts";

/** One batch that was handed over. */
export interface HandedOver {
  /** The provider's name of it. */
  readonly batch: string;
  readonly keys: readonly string[];
  readonly collected: boolean;
}

/** The provider's side; keys name the requests. */
export interface BatchProvider {
  submit(
    requests: readonly { readonly id: string; readonly prompt: string; readonly seed: number }[],
  ): Promise<string>;
  collect(batch: string): Promise<ReadonlyMap<string, Completion | { readonly problem: string }>>;
}

export interface BatchCallsOptions extends Pick<
  CallsOptions,
  "sampling" | "answers" | "ledger" | "price" | "around" | "emit" | "signal"
> {
  readonly provider: BatchProvider;
  /** Of the model behind it: the key of everything that is remembered. */
  readonly identity: unknown;
  readonly batches: KeyedLog<HandedOver>;
  /** Batches of one call at most; what failed in one is in the next. */
  readonly tries?: number;
}

const TRIES = 3;

export function createBatchCalls(options: BatchCallsOptions): Calls {
  const { provider, identity, batches, sampling, answers, ledger, price, around = "" } = options;
  const { tries = TRIES, emit = SILENT, signal } = options;
  const counts: { -readonly [K in keyof CallCounts]: number } = {
    asked: 0,
    known: 0,
    attempts: 0,
    failed_attempts: 0,
    prompt_tokens: 0,
    completion_tokens: 0,
  };
  const keyOf = (call: Call): string => contentHash({ identity, request: call, sampling, batch: true });
  const attemptOf = (batch: string, key: string): string => `${batch}/${key}`;

  async function collect(name: string, { batch, keys }: HandedOver): Promise<void> {
    const got = await provider.collect(batch);
    for (const key of keys) {
      const answer = got.get(key);
      const attempt = attemptOf(name, key);
      if (answer === undefined || "problem" in answer) {
        counts.failed_attempts++;
        // A request that the provider gives back unanswered is not charged.
        ledger.settle(attempt, "free", 0);
        continue;
      }
      answers.put(key, answer);
      const { promptTokens, completionTokens } = answer;
      const counted = promptTokens !== null && completionTokens !== null && price !== undefined;
      ledger.settle(
        attempt,
        "paid",
        counted ? costOf(promptTokens, completionTokens, price) : ledger.mostOf(attempt),
      );
      counts.prompt_tokens += promptTokens ?? 0;
      counts.completion_tokens += completionTokens ?? 0;
    }
    batches.put(name, { batch, keys, collected: true });
  }

  return {
    async all(stage, calls) {
      const started = performance.now();
      emit({ kind: "stage-start", stage, total: calls.length });
      const keyed = new Map(calls.map((call) => [keyOf(call), call]));
      counts.asked += calls.length;
      counts.known += calls.filter((call) => answers.get(keyOf(call)) !== undefined).length;
      // First what an earlier process handed over and did not live to collect.
      for (const [name, handed] of batches.entries()) if (!handed.collected) await collect(name, handed);
      const outcome = new Map<string, "ceiling" | "failed">();
      for (let round = 1; round <= tries; round++) {
        signal?.throwIfAborted();
        const name = contentHash({ stage, round, at: Date.now(), pid: process.pid });
        const requests: { id: string; prompt: string; seed: number }[] = [];
        for (const [key, { prompt, seed }] of keyed) {
          if (answers.get(key) !== undefined) continue;
          const most = price === undefined ? 0 : mostCost(prompt + around, sampling.maxTokens, price);
          if (ledger.reserve(attemptOf(name, key), most)) requests.push({ id: key, prompt, seed });
          else outcome.set(key, "ceiling");
        }
        if (requests.length === 0) break;
        counts.attempts += requests.length;
        emit({ kind: "note", text: `${stage}: a batch of ${requests.length} requests` });
        const keys = requests.map(({ id }) => id);
        const batch = await provider.submit(requests).catch((error: unknown) => {
          // Refused, or of an unknown fate.
          const free = /HTTP \d/.test(String(error));
          for (const key of keys) {
            const attempt = attemptOf(name, key);
            ledger.settle(attempt, free ? "free" : "unknown", free ? 0 : ledger.mostOf(attempt));
          }
          throw error;
        });
        const handed = { batch, keys, collected: false };
        batches.put(name, handed);
        await collect(name, handed);
      }
      emit({ kind: "stage-end", stage, seconds: (performance.now() - started) / 1000 });
      return calls.map((call): Answer => {
        const key = keyOf(call);
        return answers.get(key) ?? outcome.get(key) ?? "failed";
      });
    },
    counts: () => ({ ...counts }),
  };
}
