/** Searches texts for a language's patterns, with a limit of time for each text. */
import { startThread, type ThreadClient } from "../../util/thread.ts";
import type { PatternHit } from "./patterns-thread.ts";
import type { RegexRule } from "./rules.ts";

export interface PatternSearch {
  /** One text after another. */
  search(text: string): Promise<{ readonly hits: readonly Hit[]; readonly gaveUp: readonly RegexRule[] }>;
  close(): Promise<void>;
}

export interface Hit {
  readonly rule: RegexRule;
  /** 1-based. */
  readonly line: number;
}

/**
 * A pattern that does not end within `timeoutMs` is given up for this text: it counts as no hit and is named. Python's
 * engine would have gone on.
 */
export function createPatternSearch(rules: readonly RegexRule[], timeoutMs = 10_000): PatternSearch {
  const current = new SharedArrayBuffer(4);
  let thread: ThreadClient | undefined;
  const own = import.meta.url;
  const module = new URL(`./patterns-thread.${own.endsWith(".ts") ? "ts" : "js"}`, own);

  /** Asked for nothing first: a slow start is no pattern's fault. */
  const started = async (): Promise<ThreadClient> => {
    const fresh = startThread(module, { rules, current });
    await fresh.call<PatternHit[]>("search", "", rules.length);
    return fresh;
  };

  return {
    async search(text) {
      const hits: Hit[] = [];
      const gaveUp: RegexRule[] = [];
      for (let from = 0; from < rules.length;) {
        thread ??= await started();
        const found = await within(thread.call<PatternHit[]>("search", text, from), timeoutMs);
        if (found !== undefined) {
          hits.push(...found.map(({ rule, line }) => ({ rule: rules[rule]!, line })));
          break;
        }
        await thread.terminate();
        thread = undefined;
        // Hits from before the endless pattern are lost with the thread: they are searched for again, up to it.
        const stuck = Atomics.load(new Int32Array(current), 0);
        hits.push(...(await searchAgain(rules.slice(from, stuck), text)));
        gaveUp.push(rules[stuck]!);
        from = stuck + 1;
      }
      return { hits, gaveUp };
    },
    close: async () => {
      await thread?.terminate();
    },
  };
}

/** Patterns that are known to end. */
async function searchAgain(rules: readonly RegexRule[], text: string): Promise<Hit[]> {
  if (rules.length === 0) return [];
  const again = createPatternSearch(rules, Number.POSITIVE_INFINITY);
  try {
    return [...(await again.search(text)).hits];
  } finally {
    await again.close();
  }
}

/** Undefined when the time is over. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  if (ms === Number.POSITIVE_INFINITY) return promise;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
  // The thread is ended then, which rejects the call.
  promise.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
