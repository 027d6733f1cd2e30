/** What skills work with, and how they tell what they are doing. */
import type { Analyzer } from "../analyzers/index.ts";
import type { Classifier } from "../core/classification.ts";
import type { Sampler } from "../core/sampler.ts";
import type { Scenario } from "../core/scenario.ts";
import type { Catalogue } from "../data/cwe/index.ts";
import type { PatchVerifier } from "../envs/patch/index.ts";
import type { ProgramGrader } from "../verify/programs/index.ts";

export interface NamedClassifier {
  readonly name: string;
  readonly classifier: Classifier;
  readonly catalogue: Catalogue;
}

/** Opened once for all calls. What is undefined the skills do without, and say so in their answers. */
export interface SkillTools {
  readonly analyzer: Analyzer;
  /** Applications run in its sandbox, never on the host. */
  readonly verifier: PatchVerifier;
  readonly grader: ProgramGrader;
  /** Scenarios that a caller may name; undefined for an unknown id. */
  readonly scenario: (id: string) => Promise<Scenario | undefined>;
  readonly classifier?: NamedClassifier | undefined;
  readonly sampler?: Sampler | undefined;
}

export interface SkillRun {
  /** Aborted when nobody wants the answer any more. */
  readonly signal: AbortSignal;
  /** One sentence about what is being done. */
  readonly say: (text: string) => void;
}

/** `text` is for people, `data` (keys in camelCase) for programs; both say the same. */
export interface SkillAnswer {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}
