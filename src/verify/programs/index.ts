/** Programs graded by running them: tests, attacks, findings. */
export { CATEGORIES, categoryOf, isClean, type Category } from "./category.ts";
export { extractProgram } from "./completion.ts";
export { outputMatches } from "./compare.ts";
export { createProgramGrader, type GradeOptions, type GraderOptions, type ProgramGrader } from "./grade.ts";
export * from "./types.ts";
export { validateTask, type TaskValidation } from "./validate.ts";
