/** Names the most suspicious lines, then changes suspicious lines as a checklist says, one patch after the other. */
import type { BaselineAgent, Play } from "./agent.ts";
import { nameSuspects, suspects } from "./grep.ts";

export const patternAgent: BaselineAgent = {
  id: "pattern",
  about: "names the most suspicious lines and rewrites each as a checklist says",
  random: false,
  *play(task): Play {
    yield* nameSuspects(task);
    for (const { at, pattern } of suspects(task.lines)) {
      const replace = pattern.fix?.(at.text);
      if (replace === undefined) continue;
      // Every change leaves one line in the place of one, so that line numbers stay what they were.
      const edit = { search: at.text, replace, line: at.line };
      const seen = yield { action: "patch", patch: { [at.file]: [edit] } };
      if (seen.result === "blocked") return;
    }
  },
};
