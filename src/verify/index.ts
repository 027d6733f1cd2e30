/** Verification: does a patch really block the attacks and keep the application working? */
export type { Baseline } from "./baseline.ts";
export { openVerifier, type OpenVerifier } from "./open.ts";
export { createVerifier, type Verifier, type VerifierOptions, type VerifyOptions } from "./verifier.ts";
export { patchCount, validateScenario, type ScenarioReport, type ValidateOptions } from "./validate.ts";
