/** Data: scenarios from folders. */
export { loadScenario, loadScenarios } from "./scenario-folder.ts";
