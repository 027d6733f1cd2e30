/** The skill that finds weaknesses in source code: analyzers decide, a model may add and never takes away. */
import { z } from "zod";
import type { Finding } from "../analyzers/index.ts";
import { InfraError } from "../core/errors.ts";
import type { Files } from "../core/patch.ts";
import { analyse, READABLE } from "../scan/index.ts";
import { codeShape, filesOf } from "./code.ts";
import { askForFindings, type ModelOpinion } from "./model-findings.ts";
import type { SkillAnswer, SkillRun, SkillTools } from "./types.ts";

export const AnalyzeSchema = z.object(codeShape);

/**
 * The same findings as a scan's, each thing once. What a comment in the code suppresses is marked and stays. Throws
 * InputError for code it cannot take, InfraError when an analyzer fails.
 */
export async function analyze(
  tools: SkillTools,
  input: z.infer<typeof AnalyzeSchema>,
  run: SkillRun,
): Promise<SkillAnswer> {
  return analyzeFiles(tools, filesOf(input), run);
}

/** `model` is null where none was asked, and says why where one failed: that never fails the analysis. */
export async function analyzeFiles(
  { analyzer, sampler }: Pick<SkillTools, "analyzer" | "sampler">,
  files: Files,
  { signal, say }: SkillRun,
): Promise<SkillAnswer> {
  const unread = Object.keys(files).filter((path) => !READABLE.test(path));
  const filesRead = Object.keys(files).length - unread.length;
  say(`reading ${filesRead} files with ${analyzer.name}`);
  const problems: string[] = [];
  const findings = inOrder(await analyse(analyzer.parts ?? [analyzer], files, problems));
  if (problems.length > 0) throw new InfraError("grader", problems.join("; "));
  signal.throwIfAborted();
  let model: ModelOpinion | null = null;
  if (sampler !== undefined) {
    say(`asking ${sampler.name} for a second opinion`);
    model = await askForFindings(sampler, files, findings, signal);
  }
  const data = { findings, filesRead, unread, analyzers: analyzer.name, model };
  return { text: describe(findings, filesRead, unread, model), data };
}

const ORDER = { HIGH: 0, MEDIUM: 1, LOW: 2 } as const;

/** The most severe first, then by place. */
const inOrder = <F extends Finding>(findings: readonly F[]): F[] =>
  findings.toSorted(
    (a, b) =>
      ORDER[a.severity] - ORDER[b.severity] || (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line),
  );

function describe(
  findings: readonly Finding[],
  filesRead: number,
  unread: readonly string[],
  model: ModelOpinion | null,
): string {
  const lines = findings.map(
    ({ severity, cwe, file, line, message }) => `${severity} ${cwe || "no CWE"} ${file}:${line} ${message}`,
  );
  const counted = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
  return [
    `${counted} in ${filesRead} files.`,
    ...lines,
    ...(unread.length > 0 ? [`Not read, as no analyzer knows the language: ${unread.join(", ")}.`] : []),
    ...(model === null ? [] : [describeModel(model)]),
  ].join("\n");
}

function describeModel({ name, findings, failed }: ModelOpinion): string {
  if (failed !== undefined) return `${name} gave no usable opinion: ${failed}`;
  if (findings.length === 0) return `${name} adds nothing.`;
  const lines = findings.map(({ cwe, file, line, message }) => `${cwe} ${file}:${line} ${message}`);
  return [`${name} adds, not verified:`, ...lines].join("\n");
}
