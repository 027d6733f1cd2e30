/** Asks a model about findings. It may explain, propose a patch and add findings; it can take nothing away. */
import { z } from "zod";
import type { Analyzer } from "../analyzers/index.ts";
import {
  applyPatch,
  InfraError,
  InputError,
  PatchError,
  PatchSchema,
  type Files,
  type Patch,
  type Sampler,
} from "../core/index.ts";
import { sha256 } from "../util/hash.ts";
import { jsonsIn } from "../util/json-in.ts";
import { unifiedDiff } from "./diff.ts";
import { fingerprintOf } from "./findings.ts";
import { explainPrompt, reviewPrompt } from "./prompt.ts";
import { analyse } from "./scan.ts";
import type { ProposedPatch, ScanFinding } from "./types.ts";
import { familyOf } from "./weaknesses.ts";

export interface ModelOptions {
  readonly sampler: Sampler;
  /** Look at what a proposed patch leaves. */
  readonly analyzers: readonly Analyzer[];
  readonly maxTokens?: number;
  /** Findings that are asked about, and files that are looked through for more, in a whole scan. */
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ModelJudge {
  /** What `scanTree` takes as `judge`. */
  judge(files: Files, findings: readonly ScanFinding[]): Promise<ScanFinding[]>;
  /** Sentences on what could not be asked. */
  readonly problems: readonly string[];
}

const MAX_TEXT = 2000;
const MAX_EXTRA = 5;

const ANSWER = z.looseObject({ explanation: z.string().optional(), patch: PatchSchema.optional() });
const REVIEW = z.looseObject({
  findings: z.array(
    z.looseObject({
      cwe: z.string().regex(/^CWE-\d{1,4}$/),
      line: z.int().positive(),
      message: z.string().min(1),
    }),
  ),
});

/** The model's answers are data: they are parsed, checked and quoted, never run. */
export function createModelJudge(options: ModelOptions): ModelJudge {
  const { sampler, analyzers, maxTokens = 1024, limit = 50, signal } = options;
  const problems: string[] = [];
  let [asked, looked, dead] = [0, 0, false];

  const ask = async (prompt: string): Promise<string | undefined> => {
    if (dead) return undefined;
    try {
      const sampling = { temperature: 0, topP: 1, maxTokens };
      const seed = Number.parseInt(sha256(prompt).slice(0, 8), 16) % 2 ** 31;
      return (await sampler.complete({ prompt, seed }, sampling, signal)).text;
    } catch (error) {
      if (error instanceof InputError) return undefined;
      if (!(error instanceof InfraError)) throw error;
      // It has been tried again already: what comes next would only wait as long.
      dead = true;
      problems.push(`the model ${sampler.name} does not answer: ${error.message}`);
      return undefined;
    }
  };

  const explained = async (files: Files, finding: ScanFinding): Promise<ScanFinding> => {
    const text = files[finding.file];
    if (finding.suppression !== undefined || finding.level === "note" || text === undefined) return finding;
    if (asked++ >= limit) return finding;
    const answer = parse(ANSWER, await ask(explainPrompt(finding, text)));
    if (answer === undefined) return finding;
    const said = answer.explanation?.trim().slice(0, MAX_TEXT);
    const patch = answer.patch === undefined ? undefined : await proposal(files, finding, answer.patch);
    return {
      ...finding,
      explanation: said
        ? `${finding.explanation} The model ${sampler.name} says: ${said}`
        : finding.explanation,
      ...(patch === undefined ? {} : { patch }),
    };
  };

  /** Undefined for a patch that does not apply, or that only silences the analyzers. */
  const proposal = async (
    files: Files,
    finding: ScanFinding,
    patch: Patch,
  ): Promise<ProposedPatch | undefined> => {
    let after: Files;
    try {
      after = applyPatch(files, patch);
    } catch (error) {
      if (error instanceof PatchError) return undefined;
      throw error;
    }
    const changed = Object.keys(patch).filter((path) => files[path] !== after[path]);
    const silences = (texts: Files): number =>
      changed.reduce((n, path) => n + (texts[path]!.match(/ironbark-ignore|nosec|nosem/g)?.length ?? 0), 0);
    if (changed.length === 0 || silences(after) > silences(files)) return undefined;
    const left = await analyse(analyzers, after, []);
    const stillReported = left.some(
      (one) =>
        one.level !== "note" && one.file === finding.file && familyOf(one.cwe) === familyOf(finding.cwe),
    );
    const diff = changed.map((path) => unifiedDiff(path, files[path]!, after[path]!)).join("");
    return { diff, by: `the model ${sampler.name}`, stillReported, edits: patch };
  };

  const extra = async (files: Files, file: string, known: readonly ScanFinding[]): Promise<ScanFinding[]> => {
    if (looked++ >= limit) return [];
    const answer = parse(REVIEW, await ask(reviewPrompt(file, files[file]!)));
    const lines = files[file]!.split("\n");
    const seen = new Map<string, number>();
    return (answer?.findings ?? []).slice(0, MAX_EXTRA).flatMap(({ cwe, line, message }) => {
      const snippet = (lines[line - 1] ?? "").trim().slice(0, 200);
      const isKnown = known.some(
        (one) => one.file === file && one.line === line && familyOf(one.cwe) === familyOf(cwe),
      );
      if (snippet === "" || isKnown) return [];
      const says = message.trim().slice(0, MAX_TEXT);
      const finding = {
        rule: "model",
        cwe,
        severity: "MEDIUM",
        confidence: "LOW",
        file,
        line,
        message: `The model ${sampler.name} suspects: ${says}`,
      } as const;
      const whole: ScanFinding = {
        ...finding,
        fingerprint: `model-${fingerprintOf(finding, snippet, seen)}`,
        analyzers: [sampler.name],
        alsoRules: [],
        origin: "model",
        level: "note",
        snippet,
        explanation: `${finding.message} No analyzer reports this place.`,
      };
      return [whole];
    });
  };

  return {
    problems,
    async judge(files, findings) {
      const out: ScanFinding[] = [];
      for (const finding of findings) out.push(await explained(files, finding));
      for (const file of Object.keys(files).toSorted())
        if (/\.(py|[cm]?js)$/.test(file) && files[file]!.trim() !== "")
          out.push(...(await extra(files, file, findings)));
      return out;
    },
  };
}

/** The first JSON object of an answer that has the shape; undefined when there is none. */
function parse<S extends z.ZodType>(schema: S, text: string | undefined): z.output<S> | undefined {
  for (const candidate of jsonsIn(text ?? "")) {
    const parsed = schema.safeParse(candidate);
    if (parsed.success) return parsed.data;
  }
  return undefined;
}
