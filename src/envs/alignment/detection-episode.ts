/** One function judged once by the reward model in training, paid by the `detect` preset. */
import { NO_SIGNAL, type Reward } from "../../core/reward.ts";
import { fillTemplate } from "../../eval/detect/prompts.ts";
import { detectReward, hasForm, saidVerdict } from "../../rewards/detect.ts";
import type { Episode } from "../../rollout/episode.ts";
import type { ChatLanguage } from "./language.ts";

/** The part of a DetectionRow that the reward model sees, and the truth. */
export interface DetectionTask {
  readonly id: string;
  readonly code: string;
  readonly language: string;
  readonly cwe: readonly string[];
  readonly is_vulnerable: boolean;
}

export interface DetectionEpisodeOptions {
  readonly task: DetectionTask;
  readonly language: ChatLanguage;
  readonly template: string;
  readonly describe?: (cwe: string) => string;
}

export function startDetectionEpisode(options: DetectionEpisodeOptions): Episode {
  const { task, language, template, describe = (cwe) => cwe } = options;
  let reward: Reward = NO_SIGNAL;
  let labels: Record<string, number> = {};
  return {
    task: task.id,
    prompt: language.prompt(fillTemplate(template, task, describe)),
    constraint: () => undefined,
    async act(ids, finished) {
      const text = language.read(ids);
      // What was cut off has no end, which the form asks for.
      reward = detectReward(text, task.is_vulnerable);
      const said = saidVerdict(text);
      labels = {
        correct: said === task.is_vulnerable ? 1 : 0,
        unclear: said === null ? 1 : 0,
        form: hasForm(text) ? 1 : 0,
        ...(said === null ? {} : { said_vulnerable: said ? 1 : 0 }),
      };
      const { value, components } = reward;
      return {
        record: { action: text, observation: null, reward: value, components },
        append: [],
        done: finished,
      };
    },
    reward: () => reward,
    labels: () => labels,
    close: async () => {},
  };
}
