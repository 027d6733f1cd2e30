/** The kinds of models that are compared, as JanusLM names them, and what one of them says of a pair. */

/**
 * SC: a generated verdict of one token (1 or 0). CH: the classification head. FT: with the adapter that was fine-tuned.
 * PE: with the policy's words in the prompt.
 */
export const KINDS = ["SC", "PE-SC", "FT-SC", "FT-PE-SC", "FT-CH", "FT-PE-CH"] as const;
export type ModelKind = (typeof KINDS)[number];

export interface KindTraits {
  readonly tuned: boolean;
  readonly engineered: boolean;
  readonly head: boolean;
}

export const traitsOf = (kind: ModelKind): KindTraits => ({
  tuned: kind.startsWith("FT-"),
  engineered: kind.includes("PE-"),
  head: kind.endsWith("CH"),
});

/** One answer to one pair. */
export interface TriageOutcome {
  /** null: unclear. */
  readonly answer: boolean | null;
  /** Of a weakness; null where the model gives none. */
  readonly probability: number | null;
  /** Of the analysis; null where nobody counted. */
  readonly tokens: number | null;
  readonly analysis: string;
}
