/** The texts that the agent reads. None of them names a hidden check, an exploit variant or a secret. */
import { CWE_TABLE } from "../../core/cwe.ts";
import type { Files } from "../../core/patch.ts";
import type { Scenario } from "../../core/scenario.ts";
import { STACK_TITLES } from "../../core/stack.ts";
import type { RungName, Verdict } from "../../core/verdict.ts";
import type { PatchObservation, PatchState, VisibleCheck } from "./observation.ts";

/** The rungs whose evidence an agent may see; all others are the oracle's. */
const OPEN_RUNGS: readonly RungName[] = ["applies", "parses", "starts", "visible"];

export function numberedSources(files: Files): string {
  return Object.entries(files)
    .map(([path, text]) => `=== ${path} ===\n${numbered(text)}`)
    .join("\n");
}

/** The names an agent may use: what it may patch, and what else lies in the application's folder. */
export function fileList(scenario: Scenario): string {
  const others = [...Object.keys(scenario.assets), ...Object.keys(scenario.databases)];
  const open = `files: ${Object.keys(scenario.files).join(", ")}`;
  return others.length === 0 ? open : `${open}\nnot to be patched: ${others.join(", ")}`;
}

function numbered(text: string): string {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const width = String(lines.length).length;
  return lines.map((line, i) => `${String(i + 1).padStart(width)}| ${line}\n`).join("");
}

export function taskText(scenario: Scenario, maxSteps: number, commandUrl: string | undefined): string {
  return [
    `${scenario.title}. This web application (${STACK_TITLES[scenario.stack]}, entry ${scenario.entry}) has ${countOf(scenario)}.`,
    `Name one with identify_vuln {type, file, line} (lines as in source_code at the start) and fix all with patch {path: new text or [{search, replace, line?}]}.`,
    `The application must keep working. A patch applies to the working copy; when the application does not run with it, the working copy is rolled back.`,
    commandUrl === undefined
      ? "The action command is not available."
      : `The action command runs a shell in isolation beside the application, which listens on ${commandUrl}; files that a command changes are not part of your patch.`,
    `read_file {path} shows a file of the working copy. terminate gives up. There are ${maxSteps} steps.`,
  ].join("\n");
}

function countOf(scenario: Scenario): string {
  const n = scenario.weaknesses.length;
  return n === 1 ? "a security weakness" : `${n} security weaknesses`;
}

/** Given only when asked for: the class of each weakness and the file it is in. */
export function hintsFor(scenario: Scenario): string[] {
  return scenario.weaknesses.map((weakness) => {
    const title = CWE_TABLE.find((entry) => entry.type === weakness.type)!.title;
    return `${weakness.cwe} (${title}, type ${weakness.type}) in ${weakness.locations[0]!.file}`;
  });
}

export function verdictReport(verdict: Verdict, kept: boolean): NonNullable<PatchObservation["verdict"]> {
  const open = verdict.rungs.filter((rung) => OPEN_RUNGS.includes(rung.name));
  const checks = open.flatMap((rung) =>
    rung.evidence.map((evidence): VisibleCheck => ({
      rung: rung.name,
      name: evidence.name,
      passed: evidence.passed,
      ...(evidence.request === undefined ? {} : { request: evidence.request }),
      ...(evidence.status === undefined ? {} : { status: evidence.status }),
      ...(evidence.detail === undefined ? {} : { detail: evidence.detail }),
    })),
  );
  return { outcome: verdict.outcome, message: verdict.message, runs: verdict.runs, kept, checks };
}

/** Everything that the verifier saw: for a person who plays, never for a policy. */
export const evidenceOf = (verdict: Verdict | undefined): NonNullable<PatchState["rungs"]> =>
  (verdict?.rungs ?? []).map(({ name, passed, evidence }) => {
    return { name, passed, evidence: evidence.map((one) => ({ ...one })) };
  });

const HEAD = 6000;
const TAIL = 2000;

/** Keeps the beginning and the end, whole characters, no NUL: what a model can read and JSON can carry. */
export function boundedText(text: string): string {
  const clean = text.replaceAll("\0", "\ufffd");
  if (clean.length <= HEAD + TAIL) return clean;
  const head = clean.slice(0, HEAD).replace(/[\ud800-\udbff]$/, "");
  const tail = clean.slice(-TAIL).replace(/^[\udc00-\udfff]/, "");
  return `${head}\n[... ${clean.length - head.length - tail.length} characters left out ...]\n${tail}`;
}
