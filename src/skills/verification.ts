/** What can be said about a patch: by its scenario's attacks and checks, by tests, or by reading alone. */
import type { Analyzer } from "../analyzers/index.ts";
import { InfraError, InputError } from "../core/errors.ts";
import { applyPatch, PatchError, type Files, type Patch } from "../core/patch.ts";
import type { Scenario } from "../core/scenario.ts";
import { passed } from "../verify/programs/index.ts";
import type { SkillTools } from "./types.ts";

export interface Verification {
  /** What was run: `none` means that the patch was only read. */
  readonly kind: "scenario" | "tests" | "none";
  /** True only if something was run, and all of it went well. */
  readonly verified: boolean;
  readonly outcome: string;
  /** One sentence for people. */
  readonly says: string;
  /** Rungs of the ladder, or tests, with their results; hidden checks are counted and not told. */
  readonly checks: readonly { readonly name: string; readonly passed: boolean }[];
  /** Findings of the analyzers, before and after; null where the verification has its own rung for them. */
  readonly findings: { readonly before: number; readonly after: number } | null;
}

/** Throws InfraError when nothing can be said. */
export type Check = (patch: Patch) => Promise<Verification>;

interface Subject {
  readonly files: Files;
  readonly scenario: Scenario | undefined;
  readonly tests: readonly { readonly input: string; readonly output: string }[] | undefined;
}

/** Throws InputError for tests that cannot be run. */
export function verificationFor(tools: SkillTools, { files, scenario, tests }: Subject): Check {
  if (scenario !== undefined) {
    if (tests !== undefined) throw new InputError("tests: a scenario has its own; expected one of the two");
    return (patch) => byScenario(tools, scenario, patch);
  }
  if (tests === undefined) return (patch) => byReading(tools.analyzer, files, patch);
  const [path, second] = Object.keys(files);
  const language = path!.endsWith(".py") ? "python" : /\.(js|cjs)$/.test(path!) ? "javascript" : undefined;
  if (second !== undefined || language === undefined)
    throw new InputError("tests: expected a program of one file, .py or .js");
  return (patch) => byTests(tools, files, patch, { language, tests: [...tests] });
}

async function byScenario({ verifier }: SkillTools, scenario: Scenario, patch: Patch): Promise<Verification> {
  const { outcome, message, rungs } = await verifier.verify(scenario, patch);
  if (outcome === "infra-error") throw new InfraError("sandbox", message);
  return {
    kind: "scenario",
    verified: outcome === "blocked",
    outcome,
    says: outcome === "blocked" ? `Verified: ${message}` : `Not a fix: ${message}`,
    checks: rungs.map(({ name, passed: ok }) => ({ name, passed: ok })),
    findings: null,
  };
}

async function byTests(
  { grader, analyzer }: SkillTools,
  files: Files,
  patch: Patch,
  { language, tests }: { language: "python" | "javascript"; tests: { input: string; output: string }[] },
): Promise<Verification> {
  const after = applied(files, patch);
  if (typeof after === "string") return broken("tests", after);
  const grade = await grader.grade(
    { kind: "stdin", language, prompt: "tests", tests },
    Object.values(after)[0]!,
  );
  if (grade.syntaxError !== undefined) return broken("tests", grade.syntaxError, "syntax-error");
  const good = passed(grade);
  const findings = await countBoth(analyzer, files, after);
  const works = good === tests.length;
  const fewer = findings.after < findings.before;
  return {
    kind: "tests",
    verified: works && fewer,
    outcome: works ? (fewer ? "fixed" : "works") : "broken",
    says: `${works && fewer ? "Verified" : "Not verified"}: ${good} of ${tests.length} tests pass; ${changed(findings)}.`,
    checks: grade.tests.map(({ verdict }, index) => ({
      name: `test ${index + 1}: ${verdict}`,
      passed: verdict === "pass",
    })),
    findings,
  };
}

async function byReading(analyzer: Analyzer, files: Files, patch: Patch): Promise<Verification> {
  const after = applied(files, patch);
  if (typeof after === "string") return broken("none", after);
  const findings = await countBoth(analyzer, files, after);
  return {
    kind: "none",
    verified: false,
    outcome: "unverified",
    says: `Not verified: nothing was given to run. ${changed(findings)}.`,
    checks: [],
    findings,
  };
}

function applied(files: Files, patch: Patch): Files | string {
  try {
    return applyPatch(files, patch);
  } catch (error) {
    if (error instanceof PatchError) return error.message;
    throw error;
  }
}

const broken = (kind: Verification["kind"], why: string, outcome = "broken"): Verification => ({
  kind,
  verified: false,
  outcome,
  says: `Not a fix: ${why}`,
  checks: [],
  findings: null,
});

async function countBoth(
  analyzer: Analyzer,
  before: Files,
  after: Files,
): Promise<{ before: number; after: number }> {
  const [first, second] = await Promise.all([analyzer.scan(before), analyzer.scan(after)]);
  return { before: first.length, after: second.length };
}

const changed = ({ before, after }: { before: number; after: number }): string =>
  `the analyzers report ${after} findings where there were ${before}`;
