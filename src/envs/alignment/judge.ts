/** The reward model as a judge of code: one or several samplers, a queue in front of them, and null wherever no verdict came. */
import { InfraError, InputError, type Sampler, type SamplingOptions } from "../../core/index.ts";
import { fillTemplate } from "../../eval/detect/prompts.ts";
import { saidVerdict } from "../../rewards/detect.ts";
import { contentHash } from "../../util/hash.ts";
import { hash32 } from "../../util/rng.ts";
import { LruMap } from "../../verify/lru.ts";

export interface Judged {
  readonly code: string;
  readonly language: string;
  readonly cwe: readonly string[];
}

export interface Judge {
  /** True: not vulnerable. Null: the answer is unclear, or nobody answered. Never rejects for what a sampler does. */
  secure(item: Judged): Promise<boolean | null>;
  readonly stats: JudgeStats;
  close(): Promise<void>;
}

export interface JudgeStats {
  /** Questions that were asked; one that was asked before is answered from memory. */
  asked: number;
  remembered: number;
  /** Answers without a verdict, or with both. */
  unclear: number;
  /** Questions that no sampler answered. */
  failed: number;
}

export interface JudgeOptions {
  /** Replicas of one reward model: each takes the next question when it has room. */
  readonly samplers: readonly Sampler[];
  /** With `{code}`, and where it knows them `{language}` and `{cwe}`. */
  readonly template: string;
  readonly sampling: SamplingOptions;
  /** Answers to each question; most of the clear ones decide, a tie is unclear. */
  readonly votes?: number;
  readonly seed?: number;
  /** Turns CWE-89 into what the model reads. */
  readonly describe?: (cwe: string) => string;
}

/** So many failures one after another, and a replica is asked no more. */
const GIVE_UP_AFTER = 5;
const REMEMBERED = 20_000;

interface Replica {
  readonly sampler: Sampler;
  busy: number;
  failures: number;
}

/** Closes the samplers with itself. */
export function createJudge(options: JudgeOptions): Judge {
  const { samplers, template, sampling, votes = 1, seed = 1, describe = (cwe) => cwe } = options;
  if (samplers.length === 0) throw new RangeError("a judge needs at least one sampler");
  const replicas: Replica[] = samplers.map((sampler) => ({ sampler, busy: 0, failures: 0 }));
  const waiting: ((replica: Replica | undefined) => void)[] = [];
  const known = new LruMap<string, Promise<boolean | null>>(REMEMBERED);
  const stats: JudgeStats = { asked: 0, remembered: 0, unclear: 0, failed: 0 };

  const free = (): Replica | undefined =>
    replicas
      .filter(({ failures, busy, sampler }) => failures < GIVE_UP_AFTER && busy < sampler.parallel)
      .toSorted((a, b) => a.busy / a.sampler.parallel - b.busy / b.sampler.parallel)[0];
  const isOver = (): boolean => replicas.every(({ failures }) => failures >= GIVE_UP_AFTER);

  /** Undefined when no replica is left. */
  const take = (): Promise<Replica | undefined> => {
    const replica = free();
    if (replica === undefined && !isOver()) return new Promise((resolve) => waiting.push(resolve));
    if (replica !== undefined) replica.busy++;
    return Promise.resolve(replica);
  };
  const give = (replica: Replica): void => {
    replica.busy--;
    if (isOver()) for (const resolve of waiting.splice(0)) resolve(undefined);
    for (let next = free(); next !== undefined && waiting.length > 0; next = free()) {
      next.busy++;
      waiting.shift()!(next);
    }
  };

  /** One answer, by whichever replica gives one; undefined when none does. */
  const ask = async (prompt: string, vote: number): Promise<boolean | null | undefined> => {
    const request = { prompt, seed: hash32(`${seed}/${vote}/${prompt}`) >>> 1 };
    for (let attempt = 0; attempt <= replicas.length; attempt++) {
      const replica = await take();
      if (replica === undefined) return undefined;
      try {
        const { text, finished } = await replica.sampler.complete(request, sampling);
        replica.failures = 0;
        return finished ? saidVerdict(text) : null;
      } catch (error) {
        // A prompt without room is no fault of the replica, and no other has more.
        if (error instanceof InputError) return null;
        if (!(error instanceof InfraError)) throw error;
        replica.failures++;
      } finally {
        give(replica);
      }
    }
    return undefined;
  };

  const decide = async (prompt: string, key: string): Promise<boolean | null> => {
    stats.asked++;
    const said = await Promise.all(Array.from({ length: votes }, (_, vote) => ask(prompt, vote)));
    const [yes, no] = [true, false].map((verdict) => said.filter((one) => one === verdict).length);
    if (yes !== no) return no! > yes!;
    if (said.includes(undefined)) {
      stats.failed++;
      // Worth another try, should a replica be back.
      known.delete(key);
    } else stats.unclear++;
    return null;
  };

  return {
    stats,
    secure({ code, language, cwe }) {
      const prompt = fillTemplate(template, { code, language, cwe }, describe);
      const key = contentHash(prompt);
      const before = known.get(key);
      if (before !== undefined) {
        stats.remembered++;
        return before;
      }
      const verdict = decide(prompt, key);
      known.set(key, verdict);
      return verdict;
    },
    close: async () => {
      await Promise.all(samplers.map((sampler) => sampler.close()));
    },
  };
}
