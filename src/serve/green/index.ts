/** A green agent: assesses other agents in the patch environment. */
export { SCENARIO_SETS, type GreenConfig } from "./request.ts";
export { GREEN_SKILLS, greenWork, type GreenOptions } from "./work.ts";
