/** `ironbark scan`: weaknesses of a tree of sources, for people, pipelines and code scanning. */
import { resolve } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { Sampler } from "../../core/sampler.ts";
import type { ReportLevel, ScanReport } from "../../scan/index.ts";
import { ANALYZERS_ARG } from "../analyzers.ts";
import { command } from "../command.ts";
import { repeatedFlag, wholeNumber } from "../flags.ts";

const LEVELS = ["note", "warning", "error", "never"] as const;

export default command({
  name: "scan",
  description: "Find weaknesses in a folder of sources; reads it and runs nothing of it",
  examples: [
    "scan .",
    "scan . --sarif ironbark.sarif --markdown report.md",
    "scan src --diff main --fail-on error",
    "scan . --write-baseline baseline.json",
    "scan . --baseline baseline.json --json",
  ],
  args: {
    path: { type: "positional", required: true, description: "Folder with sources" },
    sarif: { type: "string", description: "Write SARIF 2.1.0 there", valueHint: "FILE" },
    markdown: { type: "string", description: "Write a report for people there", valueHint: "FILE" },
    diff: {
      type: "string",
      description: "Only findings that touch files which differ from this commit",
      valueHint: "REF",
    },
    baseline: { type: "string", description: "Findings that are known and do not count", valueHint: "FILE" },
    "write-baseline": { type: "string", description: "Write what was found as known", valueHint: "FILE" },
    "fail-on": {
      type: "string",
      default: "warning",
      description: `From which level findings end with exit code 1: ${LEVELS.join(", ")}`,
      valueHint: "LEVEL",
    },
    include: {
      type: "string",
      description: "Only such files, as in .gitignore; may be repeated",
      valueHint: "GLOB",
    },
    exclude: { type: "string", description: "No such files; may be repeated", valueHint: "GLOB" },
    category: {
      type: "string",
      default: "ironbark",
      description: "Name that tells SARIF uploads of one commit apart",
    },
    model: { type: "string", description: "Checkpoint that explains and proposes patches", valueHint: "DIR" },
    endpoint: {
      type: "string",
      description: "OpenAI-compatible endpoint that does so, up to and with the version",
      valueHint: "URL",
    },
    "endpoint-model": { type: "string", description: "Name of the endpoint's model", valueHint: "NAME" },
    "api-key-env": {
      type: "string",
      description: "Environment variable that holds the endpoint's key",
      valueHint: "NAME",
    },
    "model-limit": {
      type: "string",
      default: "50",
      description: "Findings that the model is asked about, and files that it looks through",
      valueHint: "N",
    },
    verify: {
      type: "boolean",
      description:
        "Run the attacks of scenarios in the folder, in isolation, before and after proposed patches",
    },
    "test-command": {
      type: "string",
      description: "The project's tests: run in isolation on a copy, with and without proposed patches",
      valueHint: "COMMAND",
    },
    analyzers: { ...ANALYZERS_ARG.analyzers, default: "flows,bandit,javascript" },
  },
  run: async (args, { emit, signal, rawArgs }) => {
    const failOn = LEVELS.find((level) => level === args["fail-on"]);
    if (failOn === undefined)
      throw new InputError(
        `--fail-on: expected one of ${LEVELS.join(", ")}, got ${JSON.stringify(args["fail-on"])}`,
      );
    const { baselineText, createModelJudge, filesAt, readBaseline, scanTree, toMarkdown, toSarif } =
      await import("../../scan/index.ts");
    const { openEachAnalyzer } = await import("../analyzers.ts");
    const { writeNamed } = await import("../write-named.ts");
    const baseline = args.baseline === undefined ? undefined : readBaseline(args.baseline);
    const since = args.diff === undefined ? undefined : await filesAt(args.path, args.diff);
    const sampler = await openModel(args);
    const analyzers = await openEachAnalyzer(args.analyzers);
    const limit = wholeNumber("model-limit", args["model-limit"]);
    const model = sampler === undefined ? undefined : createModelJudge({ sampler, analyzers, limit, signal });
    let report: ScanReport;
    try {
      report = await scanTree(args.path, analyzers, {
        include: repeatedFlag(rawArgs, "include"),
        exclude: repeatedFlag(rawArgs, "exclude"),
        emit,
        signal,
        ...(baseline === undefined ? {} : { baseline }),
        ...(since === undefined ? {} : { since }),
        ...(model === undefined ? {} : { judge: model.judge }),
      });
      report = {
        ...report,
        model: sampler?.name ?? null,
        problems: [...report.problems, ...(model?.problems ?? [])],
      };
      if (args.verify === true) report = await verified(report);
      const tests = args["test-command"];
      if (tests !== undefined) report = await tested(report, tests);
    } finally {
      await Promise.all(
        [...analyzers, ...(sampler === undefined ? [] : [sampler])].map((one) => one.close()),
      );
    }
    if (args.sarif !== undefined) {
      const { version } = await import("../version.ts");
      const sarif = toSarif(report, { version, category: args.category });
      writeNamed(args.sarif, `${JSON.stringify(sarif)}\n`);
    }
    if (args.markdown !== undefined) writeNamed(args.markdown, toMarkdown(report));
    const written = args["write-baseline"];
    if (written !== undefined) writeNamed(written, baselineText(report.findings));
    const fails = written === undefined && failing(report, failOn);
    return {
      data: summary(report),
      text: describe(report),
      exitCode: fails ? 1 : report.problems.length > 0 ? 4 : 0,
    };
  },
});

interface ModelArgs {
  readonly model?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly "endpoint-model"?: string | undefined;
  readonly "api-key-env"?: string | undefined;
}

/** Throws InputError for flags that do not fit together, PrerequisiteError for a key that is not set. */
async function openModel(args: ModelArgs): Promise<Sampler | undefined> {
  const { model, endpoint } = args;
  if (model === undefined && endpoint === undefined) return undefined;
  if (model !== undefined && endpoint !== undefined)
    throw new InputError("give --model or --endpoint, not both");
  const { checkSampler, openSampler, parseSamplers } = await import("../../model/samplers/index.ts");
  const name = args["endpoint-model"];
  if (endpoint !== undefined && name === undefined)
    throw new InputError("--endpoint needs the name of its model: --endpoint-model NAME");
  const key = args["api-key-env"];
  const entry =
    endpoint === undefined
      ? { name: model, checkpoint: resolve(model!) }
      : { name, endpoint, model: name, tries: 2, ...(key === undefined ? {} : { api_key_env: key }) };
  const where = endpoint === undefined ? "--model" : "--endpoint";
  const [parsed] = parseSamplers(JSON.stringify({ samplers: [entry] }), where);
  checkSampler(parsed!, where);
  return openSampler(parsed!, where);
}

async function verified(report: ScanReport): Promise<ScanReport> {
  const { verifyFindings } = await import("../../scan/index.ts");
  const { openVerifier } = await import("../../verify/index.ts");
  const verifier = openVerifier();
  try {
    const { findings, problems } = await verifyFindings(report.root, report.findings, verifier);
    return { ...report, findings, problems: [...report.problems, ...problems] };
  } finally {
    await verifier.close();
  }
}

async function tested(report: ScanReport, tests: string): Promise<ScanReport> {
  const { TEST_LIMITS, testPatches } = await import("../../scan/index.ts");
  const { createProgramPool } = await import("../../sandbox/index.ts");
  const pool = createProgramPool({ workers: 1, limits: TEST_LIMITS });
  try {
    const { findings, problems } = await testPatches(report.root, report.findings, tests, pool);
    return { ...report, findings, problems: [...report.problems, ...problems] };
  } finally {
    await pool.close();
  }
}

function failing({ findings }: ScanReport, from: (typeof LEVELS)[number]): boolean {
  const least = LEVELS.indexOf(from);
  return findings.some(
    ({ suppression, level }) => suppression === undefined && LEVELS.indexOf(level) >= least,
  );
}

function summary(report: ScanReport): object {
  const open = report.findings.filter(({ suppression }) => suppression === undefined);
  const levels = Object.fromEntries(
    (["error", "warning", "note"] satisfies ReportLevel[]).map((level) => [
      level,
      open.filter((finding) => finding.level === level).length,
    ]),
  );
  const left: Record<string, number> = {};
  for (const { reason } of report.skipped) left[reason] = (left[reason] ?? 0) + 1;
  return { ...report, levels, suppressed: report.findings.length - open.length, skipped_by_reason: left };
}

function describe(report: ScanReport): string {
  const open = report.findings.filter(({ suppression }) => suppression === undefined);
  const left = new Map<string, number>();
  for (const { reason } of report.skipped) left.set(reason, (left.get(reason) ?? 0) + 1);
  const counts = (["error", "warning", "note"] as const).map(
    (level) => `${open.filter((finding) => finding.level === level).length} ${level}s`,
  );
  return [
    ...open.map(
      ({ file, line, level, cwe, rule, message, verification }) =>
        `${printable(file)}:${line}: ${level}: ${printable(message)} [${cwe === "" ? rule : `${cwe} ${rule}`}]${verification?.finding === "exploit" ? " (an exploit worked)" : ""}`,
    ),
    ...report.problems.map((problem) => `problem: ${printable(problem)}`),
    `${counts.join(", ")}, ${report.findings.length - open.length} suppressed; ${report.files} files read` +
      (left.size === 0 ? "" : `, left out: ${[...left].map(([reason, n]) => `${n} ${reason}`).join(", ")}`),
  ].join("\n");
}

/** A name in a hostile tree must not steer the terminal. */
const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  text.replace(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, "\u{FFFD}");
