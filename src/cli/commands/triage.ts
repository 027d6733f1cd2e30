/** `ironbark triage`: is there a weakness in what a server answered, and what shows it? */
import { InputError } from "../../core/errors.ts";
import type { HttpCategory } from "../../core/http.ts";
import type { Claim, ReadExchanges, ReportFormat } from "../../data/http/index.ts";
import type { HttpVerdict } from "../../verify/http/index.ts";
import { command } from "../command.ts";
import { readNamed } from "../files.ts";
import { wholeNumber } from "../flags.ts";
import type { Opinion } from "../http-opinions.ts";
import { boundsList } from "../http-sweep.ts";
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
    "triage --har session.har --model runs/http-triage/checkpoint --analysis 16-64",
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
    model: {
      type: "string",
      description: "Model of `run http-triage`: gives its opinion, and decides where the oracle cannot",
      valueHint: "DIR",
    },
    analysis: {
      type: "string",
      description: "With --model: let it write an analysis of so many tokens too",
      valueHint: "MIN-MAX",
    },
    threads: { type: "string", default: "2", description: "With --model: cores", valueHint: "N" },
  },
  run: async (args, { emit }) => {
    const threads = wholeNumber("threads", args.threads, 1);
    const bounds = args.analysis === undefined ? undefined : boundsList(args.analysis)[0]!;
    if (bounds !== undefined && args.model === undefined)
      throw new InputError("--analysis: expected together with --model");
    const { HTTP_CATEGORIES } = await import("../../core/index.ts");
    const { judgeHttp } = await import("../../verify/http/index.ts");
    const asked = HTTP_CATEGORIES.filter((one) => args.category === undefined || one === args.category);
    if (asked.length === 0)
      throw new InputError(
        `--category: expected one of ${HTTP_CATEGORIES.join(", ")}, got ${JSON.stringify(args.category)}`,
      );
    const { exchanges, refused } = await exchangesOf(args);
    for (const { where, reason } of refused) emit({ kind: "note", text: `${where}: left out, ${reason}` });
    const judged = exchanges.map(({ where, request, response, notes, claim }) => {
      const categories = asked.filter(
        (one) => args.category !== undefined || claim === undefined || one === claim.category,
      );
      const verdicts = categories.map((category) => judgeHttp(request, response, category));
      return { where, request, response, notes, claim, verdicts };
    });
    const opinions =
      args.model === undefined
        ? judged.map((): Opinion[] => [])
        : await (await import("../http-opinions.ts")).opinionsOf(args.model, judged, { bounds, threads });
    const results = judged.map(({ where, notes, claim, verdicts }, index) => {
      const own = opinions[index]!;
      const said = own.length === 0 ? {} : { opinions: own };
      return { where, ...(claim && { claim }), ...summary(verdicts, own), notes, verdicts, ...said };
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

/**
 * `spoke` says who decided. A verdict of the oracle stands whatever a model says; where the oracle cannot decide, a
 * model's head may.
 */
function summary(
  verdicts: readonly HttpVerdict[],
  opinions: readonly Opinion[],
): {
  verdict: "vulnerable" | "sound" | "unclear";
  spoke: "oracle" | "model";
  probability: number | null;
  categories: readonly HttpCategory[];
} {
  const found = verdicts.filter(({ vulnerable }) => vulnerable === true);
  if (found.length > 0)
    // A rule that decides leaves no doubt.
    return { verdict: "vulnerable", spoke: "oracle", probability: 1, categories: found.map(categoryOf) };
  const undecided = verdicts.filter(({ vulnerable }) => vulnerable === null).map(categoryOf);
  // A claim of what we cannot judge leaves no verdict at all.
  if (undecided.length === 0 && verdicts.length > 0)
    return { verdict: "sound", spoke: "oracle", probability: 0, categories: [] };
  const asked = opinions.filter(({ category }) => undecided.includes(category));
  if (verdicts.length === 0 || asked.length < undecided.length)
    return { verdict: "unclear", spoke: "oracle", probability: null, categories: [] };
  const marked = asked.filter(({ vulnerable }) => vulnerable);
  return {
    verdict: marked.length > 0 ? "vulnerable" : "sound",
    spoke: "model",
    probability: Math.max(...asked.map(({ probability }) => probability)),
    categories: marked.map(categoryOf),
  };
}

const categoryOf = ({ category }: { readonly category: HttpCategory }): HttpCategory => category;

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
  readonly spoke: string;
  readonly opinions?: readonly Opinion[];
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
    `${result.where}: ${result.verdict} (the ${result.spoke} spoke)`,
    ...(claim ? [`claimed: ${claim.name}${claim.cwe === null ? "" : `, ${claim.cwe}`}`] : []),
    ...(claim?.category === null && rows.length === 0 ? ["no category of ours decides this claim"] : []),
    ...(rows.length > 0 ? [table(rows)] : []),
    ...(evidence.length > 0 ? ["evidence", ...evidence] : []),
    ...(result.opinions ?? []).flatMap(({ category, vulnerable, probability, analysis }) => [
      `model: ${category} ${vulnerable ? "vulnerable" : "sound"}, probability ${probability.toFixed(3)}`,
      ...(analysis === undefined ? [] : [`  ${analysis.text}`]),
    ]),
    ...result.notes.map((note) => `note: ${note}`),
  ].join("\n");
}
