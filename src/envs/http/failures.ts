/** The failure set: pairs that a policy answered wrongly or unclearly, on disk, for practice now or later. */
import { httpPairSchema, InputError, type HttpPair } from "../../core/index.ts";
import type { AnalysisBounds } from "../../data/http/index.ts";
import { openKeyedLog } from "../../runs/keyed-log.ts";

export interface Failure {
  readonly pair: HttpPair;
  readonly bounds: AnalysisBounds;
  /** As the policy wrote it; its verdict is wrong or missing. */
  readonly answer: { readonly vulnerable: boolean | null; readonly analysis: string };
}

export interface FailureSet {
  readonly size: number;
  /** In the order in which they came; one for each pair and category, the latest. */
  all(): Failure[];
  add(failure: Failure): void;
  close(): void;
}

/** Opens or begins a set. Throws InputError naming the entry that is no failure. */
export function openFailureSet(path: string): FailureSet {
  const log = openKeyedLog<Failure>(path);
  for (const [key, value] of log.entries())
    if (!httpPairSchema.safeParse((value as Partial<Failure>).pair).success) {
      log.close();
      throw new InputError(`${path}: ${key}: expected a failure with its pair`);
    }
  const all = (): Failure[] => [...log.entries()].map(([, failure]) => failure);
  return {
    get size() {
      return all().length;
    },
    all,
    add: (failure) => log.put(`${failure.pair.category}/${failure.pair.id}`, failure),
    close: () => log.close(),
  };
}
