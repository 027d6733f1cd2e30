/** CWEval: whether code that a model writes works and is secure, by upstream's own tests from a checkout. */
export {
  checkReferences,
  gradeAnswers,
  gradeUnsafe,
  sourceOf,
  MISSING_GRADE,
  type Checked,
  type Evaluated,
  type Setting,
} from "./evaluate.ts";
export { asAnswer, assemble, extract, type Extraction } from "./extract.ts";
export { askCheckout, type Facts } from "./facts.ts";
export { readAnswers, writeAnswers, writeResults, type Answers } from "./folder.ts";
export { createJudge, type Grade, type Judge, type Limits } from "./judge.ts";
export { surveyMachine, type Machine } from "./machine.ts";
export { reportOn, type Report } from "./report.ts";
export { summarise, type Answered, type Summary } from "./summary.ts";
export { readTasks, type Task } from "./tasks.ts";
