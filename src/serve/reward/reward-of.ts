/** What one item earns, by its kind: a program that is run, a verdict that is compared, code that is judged. */
import { InfraError } from "../../core/index.ts";
import { PUBLISHED, scoreAnswer, type Judge } from "../../envs/alignment/index.ts";
import { detectReward, programReward, type ProgramRewardOptions } from "../../rewards/index.ts";
import {
  categoryOf,
  extractProgram,
  passed,
  type ProgramGrade,
  type ProgramGrader,
} from "../../verify/programs/index.ts";
import type { CodeItem, ProgramItem, ScoreItem, ScoreResult, ScoreVerdict } from "./items.ts";

export interface Rewarders {
  readonly grader: ProgramGrader;
  readonly reward: ProgramRewardOptions;
  /** Reads code for the preset `align`. */
  readonly judge?: Judge | undefined;
}

export type Earned = Pick<ScoreResult, "reward" | "components" | "verdict" | "labels">;

/** Rejects with InfraError where there is no signal. */
export async function rewardOf(item: ScoreItem, rewarders: Rewarders): Promise<Earned> {
  if (item.preset === "detect") {
    const { value, components } = detectReward(item.completion, item.task.is_vulnerable);
    return { reward: value, components, verdict: null };
  }
  return item.preset === "align" ? judged(item, rewarders) : graded(item, rewarders);
}

async function graded(
  { preset, task, completion }: ProgramItem,
  { grader, reward }: Rewarders,
): Promise<Earned> {
  const code = extractProgram(completion, task.language);
  const grade = await grader.grade(task, code, { exploits: preset === "executed-security" });
  const { value, components } = programReward(preset, grade, reward);
  return { reward: value, components, verdict: describe(grade) };
}

/** The published variant: a verdict, and likeness to the reference. */
async function judged({ id, task, completion }: CodeItem, { judge }: Rewarders): Promise<Earned> {
  if (judge === undefined)
    throw new InfraError("provider", "nobody judges code here: --judge names who does");
  const { language, cwe, reference } = task;
  const { reward, labels } = await scoreAnswer(completion, {
    task: { id, prompt: "", language, cwe },
    reference,
    judge,
    variant: PUBLISHED,
  });
  if (reward.value === null) throw new InfraError("provider", "the judge gave no clear verdict");
  return { reward: reward.value, components: reward.components, verdict: null, labels };
}

function describe(grade: ProgramGrade): ScoreVerdict {
  const worked = grade.exploits.filter((exploit) => exploit.worked).map(({ id }) => id);
  const findings = grade.findings.map(({ rule, line }) => `${rule}:${line}`);
  return {
    category: categoryOf(grade),
    ...(grade.syntaxError === undefined ? {} : { syntax_error: grade.syntaxError }),
    passed: passed(grade),
    tests: grade.tests.map(({ verdict }) => verdict),
    exploits: worked,
    findings,
  };
}
