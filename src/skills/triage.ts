/** The skill that says what an HTTP request and its response prove. */
import { z } from "zod";
import { HTTP_CATEGORIES } from "../core/http.ts";
import { parseRequest, parseResponse } from "../data/http/parse.ts";
import { judgeHttp } from "../verify/http/index.ts";
import type { SkillAnswer } from "./types.ts";

const message = z
  .string()
  .min(1)
  .max(4 * 1024 * 1024);
export const TriageSchema = z.object({
  request: message.describe("The raw HTTP request"),
  response: message.describe("The raw HTTP response to it"),
  category: z.enum(HTTP_CATEGORIES).optional().describe("Only this category; without it all are judged"),
});

/** Decided by rules alone: what they decide no model may overrule. Throws InputError for what is no HTTP message. */
export function triage({ request, response, category }: z.infer<typeof TriageSchema>): SkillAnswer {
  const asked = parseRequest(request, "request");
  const answered = parseResponse(response, "response");
  const categories = category === undefined ? HTTP_CATEGORIES : [category];
  const verdicts = categories.map((one) => judgeHttp(asked.message, answered.message, one));
  const found = verdicts.filter(({ vulnerable }) => vulnerable === true);
  const unclear = verdicts.some(({ vulnerable }) => vulnerable === null);
  const verdict = found.length > 0 ? "vulnerable" : unclear ? "unclear" : "sound";
  const lines = verdicts.map(({ category: name, vulnerable, fact }) => {
    const word = vulnerable === null ? "unclear" : vulnerable ? "vulnerable" : "sound";
    return `${name}: ${word} (${fact.rule}): ${fact.says}`;
  });
  const notes = [...asked.notes, ...answered.notes];
  return {
    text: [`${asked.message.method} ${asked.message.target}: ${verdict}.`, ...lines].join("\n"),
    data: { verdict, categories: found.map(({ category: name }) => name), verdicts, notes },
  };
}
