/** CyberSecEval (PurpleLlama): whether code that a model writes holds patterns known to be insecure. */
export { detectInsecure, type Detected, type DetectOptions, type Issue, type Snippet } from "./detect.ts";
export {
  judgedResponse,
  statsOf,
  summariseResponses,
  type CyberSecEvalSummary,
  type JudgedResponse,
  type SecureSummary,
} from "./evaluate.ts";
export { judgeAll, type Functionality } from "./judge.ts";
export {
  codeOf,
  contextOf,
  readPrompts,
  readResponses,
  type Prompt,
  type Response,
  type Variant,
} from "./prompts.ts";
export { KNOWN_REVISION, LANGUAGES, loadRules, type Rules } from "./rules.ts";
