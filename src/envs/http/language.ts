/** How a local model reads a pair and answers: marks around plain text, the verdict as one token. */
import type { HttpCategory } from "../../core/index.ts";
import { GUIDES, type AnalysisBounds, type RenderedPair, type TriageAnswer } from "../../data/http/index.ts";
import type { Tokenizer } from "../../model/tokenizer.ts";

export const TRIAGE_MARKS = {
  task: "<|task|>",
  request: "<|request|>",
  response: "<|response|>",
  bounds: "<|bounds|>",
  answer: "<|answer|>",
  result: "<|result|>",
  sound: "<|0|>",
  vulnerable: "<|1|>",
  reflect: "<|reflect|>",
  retry: "<|retry|>",
  end: "<|end|>",
  pad: "<|pad|>",
} as const;
type Mark = keyof typeof TRIAGE_MARKS;

/** Special tokens of a tokenizer for this language, in the order in which their ids follow one another. */
export const TRIAGE_TOKENS: readonly string[] = Object.values(TRIAGE_MARKS);

export interface TriageQuestion {
  readonly category: HttpCategory;
  readonly pair: RenderedPair;
  /** With the policy's words before the messages. */
  readonly engineered: boolean;
}

export interface TriageLanguage {
  readonly tokenizer: Tokenizer;
  readonly marks: Readonly<Record<Mark, number>>;
  /** Everything before the bounds: `<|task|> category <|request|> ... <|response|> ...`. */
  question(question: TriageQuestion): number[];
  /** `<|bounds|> min-max <|answer|>`, behind a question. */
  bounds(bounds: AnalysisBounds): number[];
  /** `analysis <|result|> <|0|> or <|1|> <|end|>`, behind the bounds. */
  answer(analysis: string, vulnerable: boolean): number[];
  /** Tokens of the analysis in what was drawn, and the verdict; null when the marks are not in their places. */
  read(ids: readonly number[]): TriageAnswer & { readonly tokens: number };
}

/** Tokens of the request and of the response that are kept; together with the rest a question has at most 512. */
const MAX_REQUEST = 140;
const MAX_RESPONSE = 300;

/** Throws InputError when the tokenizer lacks one of `TRIAGE_TOKENS`. */
export function triageLanguage(tokenizer: Tokenizer): TriageLanguage {
  const marks = Object.fromEntries(
    Object.entries(TRIAGE_MARKS).map(([name, text]) => [name, tokenizer.special(text)]),
  ) as Record<Mark, number>;
  return {
    tokenizer,
    marks,
    question: ({ category, pair, engineered }) => [
      marks.task,
      ...tokenizer.encode(engineered ? `${category} ${GUIDES[category]}` : category),
      marks.request,
      ...tokenizer.encode(pair.request).slice(0, MAX_REQUEST),
      marks.response,
      ...tokenizer.encode(pair.response).slice(0, MAX_RESPONSE),
    ],
    bounds: ({ min, max }) => [marks.bounds, ...tokenizer.encode(`${min}-${max}`), marks.answer],
    answer: (analysis, vulnerable) => [
      ...tokenizer.encode(analysis),
      marks.result,
      vulnerable ? marks.vulnerable : marks.sound,
      marks.end,
    ],
    read(ids) {
      const at = ids.indexOf(marks.result);
      const analysis = at < 0 ? ids : ids.slice(0, at);
      const [verdict, end] = at < 0 ? [] : ids.slice(at + 1);
      const clear = (verdict === marks.vulnerable || verdict === marks.sound) && end === marks.end;
      const stray = analysis.some((id) => tokenizer.specialIds.has(id));
      return {
        vulnerable: clear && !stray ? verdict === marks.vulnerable : null,
        analysis: tokenizer.decode(analysis.filter((id) => !tokenizer.specialIds.has(id))),
        tokens: analysis.length,
      };
    },
  };
}
