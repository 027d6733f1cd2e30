/** Exchanges out of SARIF 2.1.0 logs: results with a webRequest (section 3.46) and a webResponse (section 3.47). */
import { z } from "zod";
import { InputError } from "../../../core/index.ts";
import type { RefusedRow } from "../rows.ts";
import {
  claimOf,
  faultOf,
  parseJson,
  type Claim,
  type ReadExchanges,
  type ReportedExchange,
} from "./exchange.ts";

const body = z.object({ text: z.string().optional(), binary: z.string().optional() });
const headers = z.record(z.string(), z.string()).default({});
const requestSchema = z.object({
  index: z.number().int().optional(),
  version: z.string().default("1.1"),
  target: z.string().min(1),
  method: z.string().min(1),
  headers,
  body: body.optional(),
});
const responseSchema = z.object({
  index: z.number().int().optional(),
  version: z.string().default("1.1"),
  statusCode: z.number().int().min(100).max(599),
  reasonPhrase: z.string().default(""),
  headers,
  body: body.optional(),
});
const indexed = z.looseObject({ index: z.number().int().nonnegative().optional() });
const resultSchema = z.object({
  ruleId: z.string().optional(),
  ruleIndex: z.number().int().optional(),
  message: z.object({ text: z.string().optional() }).optional(),
  taxa: z.array(z.object({ id: z.string().optional() })).default([]),
  webRequest: indexed,
  webResponse: indexed,
});
const ruleSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  properties: z.object({ tags: z.array(z.string()).default([]) }).optional(),
});
const runSchema = z.object({
  tool: z.object({ driver: z.object({ rules: z.array(ruleSchema).default([]) }) }),
  webRequests: z.array(z.unknown()).default([]),
  webResponses: z.array(z.unknown()).default([]),
  results: z.array(z.unknown()).default([]),
});
type Run = z.infer<typeof runSchema>;

/** Results without an exchange are named, as are those that cannot be read. Throws InputError for another kind of file. */
export function readSarif(text: string, where: string): ReadExchanges {
  const file = z.object({ runs: z.array(runSchema) }).safeParse(parseJson(text, where, "a SARIF log"));
  if (!file.success) throw new InputError(`${where}: ${faultOf(file.error)}; expected a SARIF log`);
  const exchanges: ReportedExchange[] = [];
  const refused: RefusedRow[] = [];
  file.data.runs.forEach((run, runIndex) => {
    run.results.forEach((raw, index) => {
      const at = `${where}: run ${runIndex + 1}, result ${index + 1}`;
      const result = resultSchema.safeParse(raw);
      if (!result.success) return void refused.push({ where: at, reason: faultOf(result.error) });
      const request = requestSchema.safeParse(shared(result.data.webRequest, run.webRequests));
      const response = responseSchema.safeParse(shared(result.data.webResponse, run.webResponses));
      if (!request.success) refused.push({ where: at, reason: `webRequest.${faultOf(request.error)}` });
      else if (!response.success)
        refused.push({ where: at, reason: `webResponse.${faultOf(response.error)}` });
      else exchanges.push({ ...exchange(request.data, response.data, at), claim: claimIn(result.data, run) });
    });
  });
  return { exchanges, refused };
}

/** A message may stand in a list of the run, and only its place there in the result. */
function shared(own: z.infer<typeof indexed>, list: readonly unknown[]): unknown {
  const { index, ...rest } = own;
  const base = index === undefined ? undefined : list[index];
  return { ...(typeof base === "object" ? base : {}), ...rest };
}

function exchange(
  asked: z.infer<typeof requestSchema>,
  answered: z.infer<typeof responseSchema>,
  at: string,
): ReportedExchange {
  return {
    where: `${at}, ${asked.method} ${asked.target}`,
    request: {
      method: asked.method,
      target: asked.target,
      version: asked.version,
      headers: Object.entries(asked.headers),
      body: textOf(asked.body),
    },
    response: {
      version: answered.version,
      status: answered.statusCode,
      reason: answered.reasonPhrase,
      headers: Object.entries(answered.headers),
      body: textOf(answered.body),
    },
    notes: [],
  };
}

const textOf = (one: z.infer<typeof body> | undefined): string =>
  one?.text ?? Buffer.from(one?.binary ?? "", "base64").toString("utf8");

/** The weakness stands in the result's taxa, or in a tag of its rule as code scanning writes it. */
function claimIn({ ruleId, ruleIndex, message, taxa }: z.infer<typeof resultSchema>, { tool }: Run): Claim {
  const { rules } = tool.driver;
  const rule = rules.find(({ id }) => id === ruleId) ?? rules[ruleIndex ?? -1];
  const named = [...taxa.map(({ id = "" }) => id), ...(rule?.properties?.tags ?? [])]
    .map((text) => /^(?:external\/cwe\/)?(?:cwe-)?(\d+)$/i.exec(text)?.[1])
    .find((number) => number !== undefined);
  return claimOf(rule?.name ?? ruleId ?? message?.text ?? "unnamed", named);
}
