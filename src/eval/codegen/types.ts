/** What a comparison of code-writing models keeps of each completion. */
import type { Completion } from "../../core/index.ts";
import type { Category } from "../../verify/programs/index.ts";

/** What running, attacking and reading one completion gave. */
export interface GradeRecord {
  readonly category: Category;
  readonly tests: number;
  readonly passed: number;
  /** Attacks of the task, and those that worked. */
  readonly exploits: number;
  readonly worked: number;
  /** No finding above LOW. */
  readonly clean: boolean;
  /** `B307:3` */
  readonly findings: readonly string[];
  readonly scores: Scores;
}

/** The same program under each formula; see FORMULAS. */
export interface Scores {
  /** 1 - min(V, 1). */
  readonly rsec_static: number;
  /** Share of attacks that fail, 0 when no test passes; null for a task without attacks. */
  readonly rsec_executed: number | null;
  readonly r_paper: number;
  readonly r_enhanced: number;
  readonly r_simple: number;
  readonly r_executed: number;
}

export interface Sample {
  readonly task: string;
  /** 0-based among the samples of the task. */
  readonly sample: number;
  /** Null when the sampler gave none. */
  readonly completion: Completion | null;
  /** Null when there is no completion, or when it could not be graded. */
  readonly grade: GradeRecord | null;
  /** Why one of the two is null. */
  readonly error: { readonly class: "provider" | "prompt" | "infra"; readonly message: string } | null;
}

/** Sentences for reports: what the columns named r_* are. */
export const FORMULAS: Readonly<Record<string, string>> = {
  r_paper:
    "SecureCodeRL's paper: 0.6 Rfunc + 0.4 Rsec, Rfunc 0 / 0.2 / 0.4 / 0.6 / 0.6 + 0.4 k/T (unparsable / parses / runs / prints / k of T tests), Rsec 1 - min(V, 1), V the sum of 1 for each HIGH and 0.5 for each MEDIUM finding; of the program in the completion.",
  r_enhanced:
    'Its evaluation script, "enhanced": 0.6 k/T + 0.4 Rsec with the same Rsec and no stages; of the whole completion, so that text around a fence is a syntax error. Outputs are compared as the task says, and limits are on processor time; the script compares stripped text and gives each test 5 s.',
  r_simple:
    'Its evaluation script, "simple": 0.6 if the whole completion can be parsed, and 0.4 less 0.08 for each of nine patterns found in it, input() among them; nothing is run.',
  r_executed:
    "Ours: 0.6 Rfunc of the paper + 0.4 times the share of attacks that fail (0 when no test passes; the paper's Rsec for a task without attacks).",
};
