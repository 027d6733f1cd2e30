/** `ironbark triage`: is there a weakness in what a server answered, and what shows it? */
import { InputError } from "../../core/errors.ts";
import type { HttpCategory } from "../../core/http.ts";
import type { Claim, ReadExchanges, ReportFormat } from "../../data/http/index.ts";
import type { HttpVerdict } from "../../verify/http/index.ts";
import { command } from "../command.ts";
import { readNamed } from "../files.ts";
import { table } from "../render.ts";

/** Options that name a file of another tool. */
const REPORTS = ["har", "burp", "zap", "sarif"] as const satisfies readonly ReportFormat[];

export default command({
  name: "triage",
  description: "Decide what an HTTP request and its response prove, with the evidence",
  examples: [
    "triage --request request.txt --response response.txt",
    "triage --request request.txt --response response.txt --category XSS --json",
    "triage --har session.har",
    "triage --zap report.json",
  ],
  args: {
    request: { type: "string", description: "File with one raw request" },
    response: { type: "string", description: "File with the raw response to it" },
    har: { type: "string", description: "HAR file; every exchange in it is judged" },
    burp: { type: "string", description: "XML of Burp Suite: saved items, or a report of issues" },
    zap: { type: "string", description: "JSON report of ZAP with requests and responses" },
    sarif: { type: "string", description: "SARIF log whose results have a webRequest and a webResponse" },
    category: {
      type: "string",
      description: "Only this category; without it what the report claims, or all of them",
    },
  },
  run: async (args, { emit }) => {
    const { HTTP_CATEGORIES } = await import("../../core/index.ts");
    const { judgeHttp } = await import("../../verify/http/index.ts");
    const asked = HTTP_CATEGORIES.filter((one) => args.category === undefined || one === args.category);
    if (asked.length === 0)
      throw new InputError(
        `--category: expected one of ${HTTP_CATEGORIES.join(", ")}, got ${JSON.stringify(args.category)}`,
      );
    const { exchanges, refused } = await exchangesOf(args);
    for (const { where, reason } of refused) emit({ kind: "note", text: `${where}: left out, ${reason}` });
    const results = exchanges.map(({ where, request, response, notes, claim }) => {
      const categories = asked.filter(
        (one) => args.category !== undefined || claim === undefined || one === claim.category,
      );
      const verdicts = categories.map((category) => judgeHttp(request, response, category));
      return { where, ...(claim && { claim }), ...summary(verdicts), notes, verdicts };
    });
    const found = results.some(({ verdict }) => verdict === "vulnerable");
    const n = results.length;
    return {
      data: { n, refused, results },
      text: results.map(describe).join("\n\n"),
      exitCode: found ? 1 : 0,
    };
  },
});

/** `spoke` says who decided: a model may only speak where the oracle is unclear, and none is asked yet. */
function summary(verdicts: readonly HttpVerdict[]): {
  verdict: "vulnerable" | "sound" | "unclear";
  spoke: "oracle";
  probability: number | null;
  categories: readonly HttpCategory[];
} {
  const found = verdicts.filter(({ vulnerable }) => vulnerable === true);
  // A claim of what we cannot judge leaves no verdict at all.
  const unclear = verdicts.length === 0 || verdicts.some(({ vulnerable }) => vulnerable === null);
  const verdict = found.length > 0 ? "vulnerable" : unclear ? "unclear" : "sound";
  return {
    verdict,
    spoke: "oracle",
    // A rule that decides leaves no doubt; where none does there is no number either.
    probability: { vulnerable: 1, sound: 0, unclear: null }[verdict],
    categories: found.map(({ category }) => category),
  };
}

async function exchangesOf(args: {
  readonly [name in ReportFormat | "request" | "response"]?: string | undefined;
}): Promise<ReadExchanges> {
  const { parseExchange, REPORT_READERS } = await import("../../data/http/index.ts");
  const { request, response } = args;
  const given = REPORTS.filter((name) => args[name] !== undefined);
  const pair = request !== undefined || response !== undefined;
  if (given.length + (pair ? 1 : 0) !== 1 || (pair && (request === undefined || response === undefined)))
    throw new InputError(
      `give --request and --response, or one of ${REPORTS.map((name) => `--${name}`).join(", ")}`,
    );
  const [format] = given;
  if (format !== undefined) {
    const path = args[format]!;
    return REPORT_READERS[format](readNamed(path).toString("utf8"), path);
  }
  const raw = { request: readNamed(request!), response: readNamed(response!) };
  return { exchanges: [parseExchange(raw, { request: request!, response: response! })], refused: [] };
}

function describe(result: {
  readonly where: string;
  readonly claim?: Claim;
  readonly verdict: string;
  readonly notes: readonly string[];
  readonly verdicts: readonly HttpVerdict[];
}): string {
  const rows = result.verdicts.map(({ category, vulnerable, fact }) => [
    category,
    vulnerable === null ? "unclear" : vulnerable ? "vulnerable" : "sound",
    fact.rule,
    fact.says,
  ]);
  const evidence = result.verdicts
    .flatMap(({ findings }) => findings)
    .map(
      ({ rule, where, evidence: seen }) =>
        `  ${rule}: ${where}${seen === "" ? " is not there" : `: ${seen}`}`,
    );
  const { claim } = result;
  return [
    `${result.where}: ${result.verdict} (the oracle spoke)`,
    ...(claim ? [`claimed: ${claim.name}${claim.cwe === null ? "" : `, ${claim.cwe}`}`] : []),
    ...(claim?.category === null && rows.length === 0 ? ["no category of ours decides this claim"] : []),
    ...(rows.length > 0 ? [table(rows)] : []),
    ...(evidence.length > 0 ? ["evidence", ...evidence] : []),
    ...result.notes.map((note) => `note: ${note}`),
  ].join("\n");
}
