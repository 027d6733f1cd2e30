/** Every error Ironbark raises on purpose, and which side of the system it is blamed on. */

/** Who is at fault: the user's input, a missing prerequisite, the isolation, the grader, the engine. */
export type Boundary = "input" | "prerequisite" | "sandbox" | "grader" | "engine" | "provider";

export interface ErrorDetails {
  /** One sentence that says what to do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

export class IronbarkError extends Error {
  readonly code: string;
  readonly boundary: Boundary;
  readonly hint: string | undefined;

  constructor(code: string, boundary: Boundary, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.boundary = boundary;
    this.hint = details.hint;
  }
}

/** Wrong use or bad input: exit code 2. The message names the file, the line or key, and what was expected. */
export class InputError extends IronbarkError {
  constructor(message: string, details?: ErrorDetails) {
    super("bad-input", "input", message, details);
  }
}

/** Something that has to be installed first: exit code 3, one sentence, no stack. */
export class PrerequisiteError extends IronbarkError {
  constructor(message: string, details?: ErrorDetails) {
    super("missing-prerequisite", "prerequisite", message, details);
  }
}

/** The infrastructure failed, so there is no signal: the reward is null, never 0. Exit code 4. */
export class InfraError extends IronbarkError {
  constructor(
    boundary: "sandbox" | "grader" | "engine" | "provider",
    message: string,
    details?: ErrorDetails,
  ) {
    super("infra-error", boundary, message, details);
  }
}

/** Exit code of the command line for an error (design section 9). */
export function exitCodeOf(error: unknown): number {
  if (error instanceof InputError) return 2;
  if (error instanceof PrerequisiteError) return 3;
  if (error instanceof InfraError) return 4;
  return 1;
}
