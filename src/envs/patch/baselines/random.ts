/** Acts without looking: guesses any type at any line, and removes or repeats lines as patches. */
import { SCENARIO_TYPES } from "../../../core/cwe.ts";
import type { PatchAction } from "../action.ts";
import type { BaselineAgent, BaselineTask, Play } from "./agent.ts";

/** Ends sooner or later on its own: on average after ten actions. */
const STOP = 0.1;

export const randomAgent: BaselineAgent = {
  id: "random",
  about: "any guess at any line, any line removed or repeated",
  random: true,
  *play(task): Play {
    while (!task.rng.chance(STOP)) yield anyAction(task);
  },
};

function anyAction({ lines, rng }: BaselineTask): PatchAction {
  const { file, line, text } = rng.pick(lines.filter((one) => one.text.trim() !== ""));
  const kind = rng.pick(["identify_vuln", "read_file", "remove", "repeat"] as const);
  if (kind === "identify_vuln") return { action: kind, type: rng.pick(SCENARIO_TYPES), file, line };
  if (kind === "read_file") return { action: kind, path: file };
  const replace = kind === "remove" ? "" : `${text}\n${text}`;
  return { action: "patch", patch: { [file]: [{ search: text, replace, line }] } };
}
