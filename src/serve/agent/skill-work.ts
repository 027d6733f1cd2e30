/** The skills as the work of an A2A agent: input out of messages, results as artifacts of data and text. */
import type { z } from "zod";
import { InputError } from "../../core/errors.ts";
import {
  analyze,
  AnalyzeSchema,
  classify,
  ClassifySchema,
  createPlayer,
  patchCode,
  PatchInputSchema,
  PlaySchema,
  triage,
  TriageSchema,
  type SkillAnswer,
  type SkillRun,
  type SkillTools,
} from "../../skills/index.ts";
import { dataPart, textPart } from "./events.ts";
import type { Work } from "./executor.ts";
import { askedFor } from "./intake.ts";
import { SKILL_IDS, type SkillId } from "./skill-list.ts";

/** One call of a skill. Throws InputError that names the field. */
export type CallSkill = (
  skill: SkillId,
  input: Readonly<Record<string, unknown>>,
  run: SkillRun & { readonly conversation: string },
) => Promise<SkillAnswer>;

export function callSkills(tools: SkillTools): CallSkill {
  const player = createPlayer(tools.sampler);
  return async (skill, input, run) => {
    switch (skill) {
      case "analyze":
        return analyze(tools, checked(AnalyzeSchema, input), run);
      case "patch":
        return patchCode(tools, checked(PatchInputSchema, input), run);
      case "classify":
        return classify(tools, checked(ClassifySchema, input));
      case "triage":
        return triage(checked(TriageSchema, input));
      case "play":
        return player.act(run.conversation, checked(PlaySchema, input), run);
    }
  };
}

/** What a skill cannot do without; a client that left it out is asked for it. */
const NEEDED: Readonly<Record<SkillId, readonly (readonly string[])[]>> = {
  analyze: [["files", "code"]],
  patch: [["files", "code", "scenario"]],
  classify: [["text"]],
  triage: [["request"], ["response"]],
  play: [["observation"]],
};

export function skillWork(call: CallSkill): Work {
  return async ({ name, parts, metadata }, run) => {
    const { skill, input } = askedFor(parts, metadata);
    if (skill === undefined)
      return {
        state: "input-required",
        text: `Which skill? Begin the text with its name and a colon, or send data with "skill": ${SKILL_IDS.join(", ")}.`,
      };
    const missing = NEEDED[skill].find((keys) => keys.every((key) => input[key] === undefined));
    if (missing !== undefined)
      return { state: "input-required", text: `The skill ${skill} needs ${missing.join(" or ")}: send it.` };
    const { text, data } = await call(skill, input, { ...run, conversation: name.contextId });
    run.artifact({ name: skill, parts: [textPart(text), dataPart(data)] });
    return { state: "completed", text: text.split("\n", 1)[0]! };
  };
}

function checked<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError(`${issue.path.map(String).join(".") || "input"}: ${issue.message}`);
}
