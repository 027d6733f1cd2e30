/** Entry of the thread that searches texts for patterns: a pattern that never ends takes this thread and nothing else. */
import { workerData } from "node:worker_threads";
import { serveThread } from "../../util/thread.ts";
import type { RegexRule } from "./rules.ts";

export interface PatternsSettings {
  readonly rules: readonly RegexRule[];
  /** Index of the rule that is being searched for. */
  readonly current: SharedArrayBuffer;
}

/** Line is 1-based. */
export interface PatternHit {
  readonly rule: number;
  readonly line: number;
}

const { rules, current } = workerData as PatternsSettings;
const compiled = rules.map(({ source, flags }) => new RegExp(source, flags));
const at = new Int32Array(current);

serveThread({
  /** From rule `from` on. Only a pattern's first match counts, and it does not when a comment stands before it. */
  search: (text: string, from: number): PatternHit[] => {
    const hits: PatternHit[] = [];
    for (let rule = from; rule < compiled.length; rule++) {
      Atomics.store(at, 0, rule);
      const match = compiled[rule]!.exec(text);
      if (match === null) continue;
      const before = text.slice(0, match.index).split("\n");
      if (!isComment(before.at(-1)!)) hits.push({ rule, line: before.length });
    }
    return hits;
  },
});

/** What upstream takes for a comment or a directive: the part of the line in front of the match. */
function isComment(line: string): boolean {
  const text = line.trim();
  return /^(#|\/\/|\/\*)/.test(text) || text.endsWith("*/");
}
