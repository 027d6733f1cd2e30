/** Agents without a model, and what they reach. */
export { BASELINE_IDS, type BaselineAgent, type BaselineId } from "./agent.ts";
export { BASELINES, difficultyOf, episodesOf, measureDifficulty, type Scores } from "./ladder.ts";
