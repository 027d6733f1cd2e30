/** `ironbark data http --samplers`: pairs by language models, each call kept and paid once, each pair checked by the oracle. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import type { HttpCategory, HttpPair } from "../core/http.ts";
import type { Completion } from "../core/sampler.ts";
import {
  askAgents,
  generatePairs,
  pairFormat,
  readTemplates,
  type RawPair,
  type Split,
} from "../data/http/index.ts";
import { createCalls, createLedger, type Attempt } from "../data/prompts/index.ts";
import { checkSampler, openSampler, parseSamplers } from "../model/samplers/index.ts";
import { writeFileAtomic } from "../runs/files.ts";
import { openKeyedLog } from "../runs/keyed-log.ts";
import { lockRun } from "../runs/lock.ts";
import { judgeHttp } from "../verify/http/index.ts";
import type { CommandContext, CommandResult } from "./command.ts";
import { readNamed } from "./files.ts";
import { table } from "./render.ts";

export interface AgentSettings {
  readonly samplers: string;
  /** File of request and response parts; undefined: our own templates. */
  readonly templates: string | undefined;
  readonly out: string;
  readonly count: number;
  readonly seed: number;
  readonly categories: readonly HttpCategory[];
  readonly splits: readonly Split[];
  /** Most that all calls for this file may cost. */
  readonly ceiling: number | undefined;
  readonly temperature: number;
  readonly maxTokens: number;
}

/** Different sound pairs that agents begin with, of our own templates. */
const OWN_TEMPLATES = 60;

export async function dataByAgents(
  settings: AgentSettings,
  { emit, signal }: CommandContext,
): Promise<CommandResult> {
  const { samplers: file, out, count, seed, categories, ceiling } = settings;
  const { write } = pairFormat(out, "--out");
  const [entry, ...more] = parseSamplers(readNamed(file, `--samplers ${file}`).toString("utf8"), file);
  if (more.length > 0) throw new InputError(`${file}: samplers: expected one, for all four agents`);
  checkSampler(entry!, file);
  const price = entry!.price_per_million;
  if (ceiling !== undefined && price === undefined)
    throw new InputError(`${file}: ${entry!.name}: --ceiling needs its price_per_million`);
  const templates = templatesOf(settings);
  const folder = `${out}.work`;
  mkdirSync(folder, { recursive: true });
  const lock = lockRun(folder);
  const answers = openKeyedLog<Completion>(join(folder, "answers.jsonl"));
  const attempts = openKeyedLog<Attempt>(join(folder, "ledger.jsonl"));
  try {
    // One try each: calls count and pay for their tries themselves.
    const sampler = await openSampler("endpoint" in entry! ? { ...entry, tries: 1 } : entry!, file);
    try {
      const ledger = createLedger(attempts, ceiling);
      const sampling = { temperature: settings.temperature, topP: 1, maxTokens: settings.maxTokens };
      const around = `${entry!.system ?? ""}${entry!.template ?? ""}`;
      const calls = createCalls({ sampler, sampling, answers, ledger, price, around, emit, signal });
      const { pairs, report } = await askAgents(templates, {
        calls,
        judge: judgeHttp,
        categories,
        count,
        seed,
        emit,
      });
      writeFileAtomic(out, await write(pairs));
      const cost = { spent: ledger.spent(), ceiling: ceiling ?? null, charged_perhaps: ledger.unknown() };
      const data = { out, n: pairs.length, seed, ...report, calls: calls.counts(), cost };
      const { ceiling: stopped, failed } = report.unanswered;
      return {
        data,
        text: describe(pairs, data),
        ...(stopped + failed > 0 ? { exitCode: 4 as const } : {}),
      };
    } finally {
      await sampler.close();
    }
  } finally {
    answers.close();
    attempts.close();
    lock.release();
  }
}

function templatesOf({ templates, seed, splits }: AgentSettings): readonly RawPair[] {
  if (templates !== undefined) return readTemplates(readNamed(templates).toString("utf8"), templates);
  const made = generatePairs({
    seed,
    count: 2 * OWN_TEMPLATES,
    categories: ["HTTP_HEADERS"],
    splits,
    judge: judgeHttp,
  });
  return [...made].filter((pair) => !pair.is_vulnerable);
}

function describe(
  pairs: readonly HttpPair[],
  data: {
    readonly out: string;
    readonly left_out: Readonly<Record<string, number>>;
    readonly unanswered: Readonly<Record<string, number>>;
    readonly calls: object;
    readonly cost: { readonly spent: number; readonly ceiling: number | null };
  },
): string {
  const { left_out: left, unanswered, calls, cost, out } = data;
  const plain = (name: string): string => name.replaceAll("_", " ");
  const rows = (prefix: string, counts: object): string[][] =>
    Object.entries(counts).map(([name, count]) => [`${prefix}${plain(name)}`, String(count)]);
  return [
    table([...rows("left out: ", left), ...rows("no answer: ", unanswered), ...rows("calls: ", calls)]),
    `cost ${Number(cost.spent.toPrecision(4))}${cost.ceiling === null ? "" : ` of at most ${cost.ceiling}`}`,
    `${pairs.length} pairs in ${out}; the oracle agrees with each`,
  ].join("\n\n");
}
