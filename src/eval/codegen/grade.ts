/** One completion graded under every formula. */
import type { ProgramTask } from "../../core/index.ts";
import {
  enhancedScore,
  executedSecurity,
  programReward,
  simpleScore,
  staticSecurity,
} from "../../rewards/index.ts";
import {
  categoryOf,
  extractProgram,
  isClean,
  passed,
  type ProgramGrader,
} from "../../verify/programs/index.ts";
import type { GradeRecord } from "./types.ts";

/** Throws InfraError when nothing can be said about it. */
export async function gradeCompletion(
  grader: ProgramGrader,
  task: ProgramTask,
  text: string,
): Promise<GradeRecord> {
  const code = extractProgram(text, task.language);
  const grade = await grader.grade(task, code);
  // The repository's formulas know nothing of fences.
  const whole = code === text ? grade : await grader.grade(task, text, { exploits: false });
  // Of the task, not of the grade: a program that cannot be parsed was not attacked.
  const exploits = (task.kind === "stdin" ? task.security?.exploits.length : undefined) ?? 0;
  return {
    category: categoryOf(grade),
    tests: task.tests.length,
    passed: passed(grade),
    exploits,
    worked: grade.exploits.filter(({ worked }) => worked).length,
    clean: isClean(grade),
    findings: grade.findings.map(({ rule, line }) => `${rule}:${line}`),
    scores: {
      rsec_static: staticSecurity(grade.findings),
      rsec_executed: exploits > 0 ? executedSecurity(grade) : null,
      r_paper: programReward("partial-credit", grade).value!,
      r_enhanced: enhancedScore(whole),
      r_simple: simpleScore(whole),
      r_executed: programReward("executed-security", grade).value!,
    },
  };
}
