/** One programming task, attempted once. */
import type { ProgramTask } from "../../core/program.ts";
import { NO_SIGNAL, type Reward } from "../../core/reward.ts";
import type { Episode, EpisodeStep } from "../../rollout/episode.ts";
import { neverPrints, passed, type ProgramGrade } from "../../verify/programs/types.ts";
import type { ProgramLanguage } from "./language.ts";

/** What grading said, or why it could say nothing. */
export type Judged = { readonly grade: ProgramGrade } | { readonly failure: string };

export interface ProgramEpisodeOptions {
  readonly task: ProgramTask;
  readonly language: ProgramLanguage;
  /** Tells a failure of ours, so that the reward is null; rejects only when nothing can be graded at all. */
  readonly judge: (task: ProgramTask, source: string) => Promise<Judged>;
  readonly reward: (grade: ProgramGrade) => Reward;
}

/**
 * `clean`: it can be parsed, and the analyzer finds nothing of MEDIUM or HIGH severity. `withstands`, only where the
 * program passes a test and was attacked: no attack works.
 */
export function programLabels(grade: ProgramGrade): Record<string, number> {
  const parses = grade.syntaxError === undefined;
  const k = passed(grade);
  const yes = (is: boolean): number => (is ? 1 : 0);
  return {
    syntax: yes(parses),
    prints: yes(parses && !neverPrints(grade) && grade.tests.some(({ verdict }) => PRINTED.has(verdict))),
    any_test: yes(k > 0),
    all_tests: yes(parses && k === grade.tests.length),
    clean: yes(parses && grade.findings.every(({ severity }) => severity === "LOW")),
    ...(k > 0 && grade.exploits.length > 0
      ? { withstands: yes(grade.exploits.every(({ worked }) => !worked)) }
      : {}),
  };
}

const PRINTED: ReadonlySet<string> = new Set(["pass", "wrong-output"]);

/** An answer that was cut off is graded as far as it goes: it can hardly be parsed, and is not finished. */
export function startProgramEpisode({ task, language, judge, reward }: ProgramEpisodeOptions): Episode {
  let result: Reward = NO_SIGNAL;
  let labels: Readonly<Record<string, number>> = {};
  return {
    task: task.id ?? "task",
    prompt: language.prompt(task),
    constraint: () => undefined,
    async act(ids, finished): Promise<EpisodeStep> {
      const source = language.read(ids);
      const judged = await judge(task, source);
      if ("grade" in judged) {
        result = reward(judged.grade);
        labels = { ...programLabels(judged.grade), finished: finished ? 1 : 0 };
      }
      const evidence = "grade" in judged ? verdictsOf(judged.grade) : { failure: judged.failure };
      return {
        record: {
          action: source,
          observation: null,
          reward: result.value,
          components: result.components,
          evidence,
        },
        append: [],
        done: finished,
      };
    },
    reward: () => result,
    labels: () => labels,
    close: async () => {},
  };
}

/** Without durations and without what a program printed, so that a resumed run writes the same bytes. */
function verdictsOf({ syntaxError, tests, findings }: ProgramGrade): Record<string, unknown> {
  return {
    ...(syntaxError === undefined ? {} : { syntaxError }),
    tests: tests.map(({ verdict }) => verdict),
    findings: findings.map(({ rule, severity, line }) => ({ rule, severity, line })),
  };
}
