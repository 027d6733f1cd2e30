/**
 * Labelled pairs by language models: a content, a QA, a vulnerability and a reasoning agent. What they write is a
 * proposal: a pair is kept only when the oracle says of it what it was made to be.
 */
import {
  InputError,
  SILENT,
  type EventSink,
  type HttpCategory,
  type HttpFact,
  type HttpPair,
} from "../../../core/index.ts";
import { sha256 } from "../../../util/hash.ts";
import { hash32 } from "../../../util/rng.ts";
import { isAnswer, type Answer, type Call, type Calls } from "../../prompts/index.ts";
import { normalised, type Judge } from "../generate/generate.ts";
import { parseRequest, parseResponse } from "../parse.ts";
import { printRequest, printResponse } from "../print.ts";
import { withHeadEnd, type RawPair } from "../template-file.ts";
import {
  checkPrompt,
  contentPrompt,
  readAnalysis,
  readCheck,
  readPair,
  reasonPrompt,
  weaknessPrompt,
} from "./wording.ts";

/** Why something that was made is not kept. */
export const AGENT_REASONS = [
  "no_tags",
  "no_http",
  "not_sound",
  "not_vulnerable",
  "undecided",
  "rejected",
  "duplicate",
  "no_analysis",
] as const;
export type AgentReason = (typeof AGENT_REASONS)[number];

export interface AgentOptions {
  readonly calls: Calls;
  readonly judge: Judge;
  readonly categories: readonly HttpCategory[];
  /** Pairs in all; each template and category in turn gives a sound and a vulnerable one. */
  readonly count: number;
  readonly seed: number;
  readonly emit?: EventSink;
}

export interface AgentReport {
  readonly asked: number;
  readonly pairs: number;
  readonly left_out: Readonly<Record<AgentReason, number>>;
  /** Calls without an answer, by why. */
  readonly unanswered: Readonly<Record<"ceiling" | "failed" | "refused", number>>;
}

interface Draft {
  readonly category: HttpCategory;
  readonly seed: number;
  readonly pair: RawPair;
}
interface Twins extends Draft {
  readonly sound: Side;
  readonly vulnerable: Side;
}
interface Side {
  readonly pair: RawPair;
  readonly fact: HttpFact;
  readonly id: string;
}

/** Each stage asks for all pairs at once; a stage that was asked before, in this process or another, costs nothing. */
export async function askAgents(
  templates: readonly RawPair[],
  options: AgentOptions,
): Promise<{ readonly pairs: HttpPair[]; readonly report: AgentReport }> {
  const { calls, judge, categories, count, seed, emit = SILENT } = options;
  const left = Object.fromEntries(AGENT_REASONS.map((reason) => [reason, 0])) as Record<AgentReason, number>;
  const unanswered = { ceiling: 0, failed: 0, refused: 0 };
  const textOf = (answer: Answer): string | undefined => {
    if (isAnswer(answer)) return answer.text;
    unanswered[answer]++;
    return undefined;
  };
  const drop = (reason: AgentReason): [] => {
    left[reason]++;
    return [];
  };
  const call = (prompt: string, own: number): Call => ({ prompt, seed: hash32(`${seed}/${own}`) >>> 1 });
  const seen = new Set<string>();

  /** What an agent wrote as a pair that the oracle judges as wanted, or nothing. */
  const side = (text: string, { category }: Draft, wanted: boolean): Side[] => {
    const raw = readPair(text);
    if (raw === undefined) return drop("no_tags");
    const read = judged(raw, category, judge);
    if (read === undefined) return drop("no_http");
    const { pair, verdict } = read;
    if (verdict.vulnerable === null) return drop("undecided");
    if (verdict.vulnerable !== wanted) return drop(wanted ? "not_vulnerable" : "not_sound");
    const key = sha256(`${category}\n${normalised(pair.request)}\n${normalised(pair.response)}`);
    if (seen.has(key)) return drop("duplicate");
    seen.add(key);
    return [{ pair, fact: verdict.fact, id: key.slice(0, 16) }];
  };

  const wanted = Array.from({ length: Math.ceil(count / 2) }, (_, index): Draft => {
    const category = categories[index % categories.length]!;
    const pair = templates[Math.floor(index / categories.length) % templates.length]!;
    return { category, seed: index, pair };
  });
  const written = await calls.all(
    "content",
    wanted.map((one) => call(contentPrompt(one.pair, one.category), one.seed)),
  );
  const contents = written.flatMap((answer, index) => {
    const text = textOf(answer);
    return text === undefined
      ? []
      : side(text, wanted[index]!, false).map((sound) => ({ ...wanted[index]!, sound }));
  });

  const checks = await calls.all(
    "qa",
    contents.map(({ sound, seed: own }) => call(checkPrompt(sound.pair), own)),
  );
  const sound = contents.filter((_, index) => {
    const text = textOf(checks[index]!);
    if (text === undefined) return false;
    const verdict = readCheck(text);
    if (verdict !== true) drop(verdict === undefined ? "no_tags" : "rejected");
    return verdict === true;
  });

  const changed = await calls.all(
    "vulnerability",
    sound.map((one) => call(weaknessPrompt(one.sound.pair, one.category), one.seed)),
  );
  const twins = changed.flatMap((answer, index): Twins[] => {
    const text = textOf(answer);
    const one = sound[index]!;
    return text === undefined ? [] : side(text, one, true).map((vulnerable) => ({ ...one, vulnerable }));
  });

  const reasoned = await calls.all(
    "reasoning",
    twins.flatMap(({ category, sound: a, vulnerable: b, seed: own }) => [
      call(reasonPrompt(a.pair, category, a.fact, false), own),
      call(reasonPrompt(b.pair, category, b.fact, true), own),
    ]),
  );
  const pairs = twins.flatMap((one, index): HttpPair[] => {
    const texts = [reasoned[2 * index]!, reasoned[2 * index + 1]!].map(textOf);
    if (texts.some((text) => text === undefined)) return [];
    const analyses = texts.map((text) => readAnalysis(text!));
    // Twins stay together: one without the other would unbalance what is learnt.
    if (analyses.some((analysis) => analysis === undefined)) return drop("no_analysis");
    return [toPair(one, "vulnerable", analyses[1]!, seed), toPair(one, "sound", analyses[0]!, seed)];
  });
  emit({ kind: "note", text: `${pairs.length} of ${2 * wanted.length} pairs kept` });
  return { pairs, report: { asked: 2 * wanted.length, pairs: pairs.length, left_out: left, unanswered } };
}

function toPair(
  { category, sound, vulnerable }: Twins,
  which: "sound" | "vulnerable",
  analysis: string,
  seed: number,
): HttpPair {
  const [own, other] = which === "sound" ? [sound, vulnerable] : [vulnerable, sound];
  return {
    id: own.id,
    request: own.pair.request,
    response: own.pair.response,
    is_vulnerable: which === "vulnerable",
    category,
    analysis,
    fact: own.fact,
    provenance: { source: "model", seed, changes: [], twin: other.id },
  };
}

/** As the parser reads it and prints it again; undefined for what is no HTTP. */
function judged(
  raw: RawPair,
  category: HttpCategory,
  judge: Judge,
): { readonly pair: RawPair; readonly verdict: ReturnType<Judge> } | undefined {
  try {
    const request = parseRequest(withHeadEnd(raw.request), "request").message;
    const response = parseResponse(withHeadEnd(raw.response), "response").message;
    const pair = { request: printRequest(request), response: printResponse(response) };
    return { pair, verdict: judge(request, response, category) };
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
