/** `ironbark verify http`: does the oracle agree with the labels of stored pairs? */
import { InputError } from "../../core/errors.ts";
import type { HttpFact, HttpPair } from "../../core/http.ts";
import type { ReadRows, RefusedRow } from "../../data/http/index.ts";
import { command } from "../command.ts";
import { readNamed } from "../files.ts";
import { table } from "../render.ts";

/** Pairs between two reports of progress. */
const REPORT_EVERY = 500;
/** Rows that the text shows; `--json` has all. */
const SHOWN = 20;

interface Doubt {
  readonly id: string;
  readonly category: string;
  readonly label: "vulnerable" | "sound";
  readonly rule: string;
  readonly says: string;
}

export default command({
  name: "verify http",
  description: "Judge labelled HTTP pairs again by the oracle; exits with 1 when it disagrees with a label",
  examples: ["verify http pairs.jsonl", "verify http pairs.db --json"],
  args: {
    pairs: {
      type: "positional",
      required: true,
      description: "Labelled pairs: .jsonl, .parquet, or .db for JanusLM's SQLite tables",
    },
  },
  run: async ({ pairs: path }, { emit, signal }) => {
    const { parseRequest, parseResponse } = await import("../../data/http/index.ts");
    const { judgeHttp } = await import("../../verify/http/index.ts");
    const { pairs, refused } = await readPairs(path);
    const bad: RefusedRow[] = [...refused];
    const disagree: Doubt[] = [];
    const unclear: Doubt[] = [];
    const started = performance.now();
    emit({ kind: "stage-start", stage: "pairs", total: pairs.length });
    for (const [index, pair] of pairs.entries()) {
      if (index > 0 && index % REPORT_EVERY === 0) {
        emit({ kind: "stage-step", stage: "pairs", done: index, total: pairs.length });
        await new Promise(setImmediate); // lets a Ctrl-C in
        signal.throwIfAborted();
      }
      try {
        const request = parseRequest(pair.request, `${path}: ${pair.id}: request`).message;
        const response = parseResponse(pair.response, `${path}: ${pair.id}: response`).message;
        const { vulnerable, fact } = judgeHttp(request, response, pair.category);
        if (vulnerable === null) unclear.push(doubt(pair, fact));
        else if (vulnerable !== pair.is_vulnerable) disagree.push(doubt(pair, fact));
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        bad.push({ where: `${path}: ${pair.id}`, reason: error.message });
      }
    }
    emit({ kind: "stage-end", stage: "pairs", seconds: (performance.now() - started) / 1000 });
    for (const { where, reason } of bad) emit({ kind: "note", text: `${where}: left out, ${reason}` });
    const n = pairs.length + refused.length;
    const agree = n - bad.length - disagree.length - unclear.length;
    return {
      data: { n, agree, disagree, unclear, refused: bad },
      text: [
        `${n} pairs: the oracle agrees with ${agree}, disagrees with ${disagree.length}, cannot tell ${unclear.length}; ${bad.length} cannot be read`,
        ...(disagree.length > 0 ? [table(disagree.slice(0, SHOWN).map((one) => Object.values(one)))] : []),
        ...(disagree.length > SHOWN ? [`and ${disagree.length - SHOWN} more; --json has all`] : []),
      ].join("\n\n"),
      exitCode: disagree.length > 0 || bad.length > 0 ? 1 : 0,
    };
  },
});

function doubt({ id, category, is_vulnerable: label }: HttpPair, { rule, says }: HttpFact): Doubt {
  return { id, category, label: label ? "vulnerable" : "sound", rule, says };
}

async function readPairs(path: string): Promise<ReadRows> {
  const { pairFormat } = await import("../../data/http/index.ts");
  const rows = await pairFormat(path, "pairs").read(readNamed(path), path);
  if (rows.pairs.length + rows.refused.length === 0)
    throw new InputError(`${path}: expected labelled pairs, found none`);
  return rows;
}
