/** What verification saw: the outcome and the evidence of each rung of the ladder. */

export const OUTCOMES = ["blocked", "exploitable", "broken", "syntax-error", "infra-error"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** In the order in which they are climbed; the first that fails decides (design section 5.4). */
export const RUNGS = [
  "applies",
  "parses",
  "starts",
  "visible",
  "hidden",
  "exploits",
  "variants",
  "benign",
  "analyzers",
  "small",
] as const;
export type RungName = (typeof RUNGS)[number];

export interface Evidence {
  readonly name: string;
  readonly passed: boolean;
  /** Request line, for instance `GET /search?q=%27`. */
  readonly request?: string;
  readonly status?: number;
  /** At most 300 characters of the body. */
  readonly excerpt?: string;
  readonly detail?: string;
  readonly ms?: number;
}

export interface Rung {
  readonly name: RungName;
  readonly passed: boolean;
  readonly evidence: readonly Evidence[];
}

export interface Verdict {
  readonly outcome: Outcome;
  /** One sentence; safe to show to a policy: names no hidden check and no variant. */
  readonly message: string;
  /** The patch applied, the application started and its visible checks passed. */
  readonly runs: boolean;
  /** Ids of the weaknesses whose exploits and variants all fail. */
  readonly blocked: readonly string[];
  readonly rungs: readonly Rung[];
  readonly seconds: number;
  /** True when the verdict came from the cache (key: content of scenario and candidate). */
  readonly cached: boolean;
}
