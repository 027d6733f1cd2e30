/** Labelled pairs by construction: drawn from templates, made in twins, each judged by the oracle before it is handed out. */
import {
  HTTP_CATEGORIES,
  InfraError,
  type HttpCategory,
  type HttpFact,
  type HttpPair,
  type RequestMessage,
  type ResponseMessage,
} from "../../../core/index.ts";
import { sha256 } from "../../../util/hash.ts";
import { makeRng, type Rng } from "../../../util/rng.ts";
import { parseRequest, parseResponse } from "../parse.ts";
import { printRequest, printResponse } from "../print.ts";
import { writeAnalysis } from "./analysis.ts";
import { APIS } from "./apis.ts";
import { cookieTwins } from "./cookies.ts";
import { leakTwins, sqlTwins } from "./disclosure.ts";
import { headerTwins } from "./headers.ts";
import { corsTwins, redirectTwins } from "./origins.ts";
import { PAGES } from "./pages.ts";
import { scriptTwins } from "./script.ts";
import { splitOf, type SiteTemplate, type Split } from "./template.ts";
import type { MakeTwins, Side } from "./twins.ts";

/** Whoever decides: given by the caller, so that data knows no oracle. */
export type Judge = (
  request: RequestMessage,
  response: ResponseMessage,
  category: HttpCategory,
) => { readonly vulnerable: boolean | null; readonly fact: HttpFact; readonly findings: readonly HttpFact[] };

export interface GenerateOptions {
  readonly seed: number;
  /** Pairs in all; half of them are vulnerable, so an odd number is rounded up. */
  readonly count: number;
  readonly categories?: readonly HttpCategory[];
  /** Only templates of these splits. */
  readonly splits?: readonly Split[];
  readonly judge: Judge;
}

export const HTTP_TEMPLATES: readonly SiteTemplate[] = [...PAGES, ...APIS];

const MAKERS: Readonly<Record<HttpCategory, MakeTwins>> = {
  HTTP_HEADERS: headerTwins,
  XSS: scriptTwins,
  SQL_ERROR: sqlTwins,
  OPEN_REDIRECT: redirectTwins,
  CORS: corsTwins,
  COOKIE_FLAGS: cookieTwins,
  INFO_LEAK: leakTwins,
};
/** A template that gives nothing new this often in a row is exhausted. */
const MAX_REPEATS = 200;

/**
 * Yields pairs, twin after twin, categories in turn. The same options give the same pairs. Throws InfraError where
 * construction and oracle disagree, which is a defect of one of them and never a row.
 */
export function* generatePairs(options: GenerateOptions): Generator<HttpPair> {
  const { seed, count, judge, categories = HTTP_CATEGORIES } = options;
  const fitting = HTTP_TEMPLATES.filter((one) => options.splits?.includes(splitOf(one)) ?? true);
  const rng = makeRng(seed);
  const seen = new Set<string>();
  for (let made = 0; made < count; made += 2) {
    const category = categories[(made / 2) % categories.length]!;
    yield* freshTwins(fitting, category, rng.fork(made), seen, { seed, judge });
  }
}

function freshTwins(
  fitting: readonly SiteTemplate[],
  category: HttpCategory,
  rng: Rng,
  seen: Set<string>,
  { seed, judge }: Pick<GenerateOptions, "seed" | "judge">,
): [HttpPair, HttpPair] {
  for (let attempt = 0; attempt < MAX_REPEATS; attempt++) {
    const own = rng.fork(attempt);
    const template = own.pick(fitting);
    const { vulnerable, sound, changes } = MAKERS[category](template, own);
    const raw = [vulnerable, sound].map(({ request, response }) => ({
      request: printRequest(request),
      response: printResponse(response),
    }));
    const keys = raw.map((one) => sha256(`${normalised(one.request)}\n${normalised(one.response)}`));
    if (keys[0] === keys[1] || keys.some((key) => seen.has(key))) continue;
    keys.forEach((key) => seen.add(key));
    const ids = keys.map((key) => key.slice(0, 16));
    const pair = (side: Side, index: 0 | 1): HttpPair => {
      const is_vulnerable = index === 0;
      const where = `${template.id} ${category} seed ${seed}`;
      const request = parseRequest(raw[index]!.request, where).message;
      const response = parseResponse(raw[index]!.response, where).message;
      const verdict = judge(request, response, category);
      const rules = verdict.findings.map(({ rule }) => rule);
      const agrees = verdict.vulnerable === is_vulnerable && (!is_vulnerable || sameSet(rules, side.because));
      if (!agrees)
        throw new InfraError(
          "grader",
          `${where}: built to be ${is_vulnerable ? side.because.join(" ") : "sound"}, judged ${rules.join(" ") || verdict.fact.rule}`,
          { cause: `${raw[index]!.request}\n\n${raw[index]!.response}` },
        );
      const facts = is_vulnerable ? verdict.findings : [verdict.fact];
      const excuses = is_vulnerable ? [] : side.because;
      return {
        id: ids[index]!,
        request: raw[index]!.request,
        response: raw[index]!.response,
        is_vulnerable,
        category,
        analysis: writeAnalysis(category, request, response, facts, excuses, is_vulnerable, own),
        fact: verdict.fact,
        provenance: {
          source: "construction",
          template: template.id,
          split: splitOf(template),
          seed,
          changes: is_vulnerable ? [...changes] : [],
          twin: ids[1 - index]!,
        },
      };
    };
    return [pair(vulnerable, 0), pair(sound, 1)];
  }
  throw new InfraError("grader", `${category}: templates give nothing new after ${seen.size} pairs`);
}

/** Case, digits, hexadecimal tokens and white space are no difference. */
export function normalised(text: string): string {
  return text
    .toLowerCase()
    .replace(/\b[0-9a-f]{8,}\b/g, "h")
    .replace(/\d+/g, "0")
    .replace(/\s+/g, " ");
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return new Set([...a, ...b]).size === new Set(a).size && new Set(a).size === new Set(b).size;
}
