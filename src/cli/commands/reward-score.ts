/** `ironbark reward score`: rewards of a file of items, in its order; what is done is kept when it is interrupted. */
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { InputError } from "../../core/errors.ts";
import { sha256 } from "../../util/hash.ts";
import { mean } from "../../util/stats.ts";
import { command } from "../command.ts";
import { GRADING_ARGS, JUDGE_ARGS, openScorer } from "../scoring.ts";

interface Line {
  readonly at: string;
  readonly id: string;
  readonly item: unknown;
}

export default command({
  name: "reward score",
  description: "Score the items of a JSON Lines file, {id, preset, task, completion} each",
  examples: [
    "reward score items.jsonl --out scores.jsonl",
    "reward score items.jsonl --out scores.jsonl --json",
  ],
  args: {
    items: { type: "positional", required: true, description: "JSON Lines" },
    out: {
      type: "string",
      required: true,
      description: "File to write: one result per item, in order",
      valueHint: "FILE",
    },
    ...GRADING_ARGS,
    ...JUDGE_ARGS,
  },
  run: async (args, { emit, signal }) => {
    const { lines, hash } = readItems(args.items);
    // Of these items only: after a change of the file, nothing of an earlier run counts.
    const part = `${args.out}.${hash.slice(0, 12)}.part`;
    const kept = keptResults(part, lines);
    if (kept.length > 0)
      emit({ kind: "note", text: `${part}: ${kept.length} results of an earlier run are kept` });
    const open = await openScorer(args);
    const file = openSync(part, "w");
    const started = performance.now();
    const rewards: (number | null)[] = [];
    let bad = 0;
    let infra = 0;
    try {
      for (const text of kept) writeSync(file, `${text}\n`);
      const results = kept.map((text) => Promise.resolve(JSON.parse(text) as Scored));
      emit({ kind: "stage-start", stage: "items", total: lines.length, done: kept.length });
      // A few more than there are workers: the analyzer and the sandbox work at the same time.
      const ahead = open.pool.workers * 4;
      for (let index = 0; index < lines.length && !signal.aborted; index++) {
        for (let next = results.length; next < lines.length && next < index + ahead; next++)
          results.push(open.scorer.score(lines[next]!.item));
        const result = await results[index]!;
        if (index >= kept.length) writeSync(file, `${JSON.stringify(result)}\n`);
        rewards.push(result.reward);
        if (result.error?.class === "bad-item") {
          bad++;
          emit({ kind: "note", text: `${lines[index]!.at}: ${result.error.message}` });
        } else if (result.reward === null) infra++;
        emit({ kind: "stage-step", stage: "items", done: index + 1, total: lines.length });
      }
    } finally {
      closeSync(file);
      await open.close();
    }
    emit({ kind: "stage-end", stage: "items", seconds: (performance.now() - started) / 1000 });
    signal.throwIfAborted();
    renameSync(part, args.out);
    const scored = rewards.filter((reward) => reward !== null);
    const average = scored.length === 0 ? null : mean(scored);
    return {
      data: { out: args.out, n: lines.length, scored: scored.length, mean: average, bad, infra },
      text: `${lines.length} items in ${args.out}: ${scored.length} scored, mean ${average === null ? "-" : average.toFixed(4)}; ${bad} not usable, ${infra} without a signal`,
      ...(infra > 0 ? { exitCode: 4 as const } : bad > 0 ? { exitCode: 1 as const } : {}),
    };
  },
});

interface Scored {
  readonly id: string;
  readonly reward: number | null;
  readonly error: { readonly class: string; readonly message: string } | null;
}

/** Throws InputError for what cannot be an item at all: the rest is answered per item. */
function readItems(path: string): { readonly lines: readonly Line[]; readonly hash: string } {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    throw new InputError(`${path}: expected a file in UTF-8 that can be read`, { cause });
  }
  const first = new Map<string, string>();
  const lines = text.split("\n").flatMap((line, index): Line[] => {
    if (line.trim() === "") return [];
    const at = `${path}:${index + 1}`;
    let item: unknown;
    try {
      item = JSON.parse(line);
    } catch {
      throw new InputError(`${at}: expected one JSON object`);
    }
    const id = (item as { id?: unknown } | null)?.id;
    if (typeof id !== "string" || id === "") throw new InputError(`${at}: id: expected a text`);
    const earlier = first.get(id);
    if (earlier !== undefined) throw new InputError(`${at}: id: ${JSON.stringify(id)} is that of ${earlier}`);
    first.set(id, at);
    return [{ at, id, item }];
  });
  if (lines.length === 0) throw new InputError(`${path}: holds no items`);
  return { lines, hash: sha256(text) };
}

/** Whole lines of an earlier, interrupted run, as far as they are about the same items and have a signal. */
function keptResults(part: string, lines: readonly Line[]): string[] {
  if (!existsSync(part)) return [];
  const written = readFileSync(part, "utf8").split("\n").slice(0, -1);
  const kept: string[] = [];
  for (const [index, text] of written.entries()) {
    const { id, reward } = JSON.parse(text) as Scored;
    if (id !== lines[index]?.id || reward === null) break;
    kept.push(text);
  }
  return kept;
}
