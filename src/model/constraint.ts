/** Constrained decoding: what a sampler asks before it draws a token. */

/** Follows one sequence. Masks are owned by the constraint and must not be changed; equal states may share one. */
export interface TokenConstraint {
  /** One byte per vocabulary entry: 1 = may come next. At least one entry is 1 until `finished`. */
  mask(): Uint8Array;
  push(id: number): void;
  /** True when the sequence is complete and nothing more may be drawn. */
  readonly finished: boolean;
}

/** Module named by a sampling request; loaded inside the engine's worker thread. */
export interface ConstraintModule {
  /** Called once per sequence with the request's JSON `spec`; tokens drawn earlier in the episode are not replayed. */
  createConstraint(spec: unknown): Promise<TokenConstraint> | TokenConstraint;
}
