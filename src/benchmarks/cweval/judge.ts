/** A solution is built and tested by upstream's own tests, and what they say is a grade. */
import { createSuitePool, type SuiteCase, type SuitePool, type SuiteReport } from "../../sandbox/index.ts";
import { contentHash } from "../../util/hash.ts";
import type { KeyedLog } from "../../runs/keyed-log.ts";
import type { Facts } from "./facts.ts";
import type { Machine } from "./machine.ts";
import { taskFile, testFile, type Task } from "./tasks.ts";

export type Tally = readonly [passed: number, of: number];

export interface Grade {
  /** Every test of the kind passed. A file that cannot be collected is neither, where upstream forgets it. */
  readonly functional: boolean;
  readonly secure: boolean;
  readonly functionality: Tally;
  readonly security: Tally;
  /** Tests that their time limit ended. */
  readonly timeouts: number;
  /** Null where nothing is compiled. */
  readonly built: boolean | null;
  readonly how: SuiteReport["how"];
  /** The first thing that went wrong, in a line; empty when nothing did. */
  readonly why: string;
}

export interface Limits {
  readonly testMs: number;
  readonly buildMs: number;
  readonly wallMs: number;
}

/** Upstream leaves out the tests of solutions that are known to be insecure, and with these it runs nothing else. */
export type Chosen = "answer" | "known-unsafe";
const KEYWORDS: Readonly<Record<Chosen, string>> = { answer: "not _unsafe", "known-unsafe": "_unsafe" };
const MARKERS = ["functionality", "security"];

export interface GradeOptions {
  readonly chosen?: Chosen;
  /** Counted from 1; each is remembered apart. */
  readonly attempt?: number;
}

export interface Judge {
  /** `source` is the complete file; Throws InfraError when nothing can be said. */
  grade(task: Task, source: string, options?: GradeOptions): Promise<Grade>;
  close(): Promise<void>;
}

export interface JudgeOptions {
  readonly workers: number;
  readonly limits: Limits;
  readonly facts: Facts;
  readonly machine: Machine;
  /** Grades by what they depend on: what an earlier run has judged is not judged again. */
  readonly known: KeyedLog<Grade>;
}

export function createJudge({ workers, limits, facts, machine, known }: JudgeOptions): Judge {
  const { python, folders, files, links, environment, versions, fingerprint } = machine;
  const pool: SuitePool = createSuitePool({ workers, python, markers: MARKERS, folders, limits });
  return {
    async grade(task, source, { chosen = "answer", attempt = 1 } = {}) {
      const commands = [
        ...(task.language === "go" && versions["goimports"] !== null
          ? [`goimports -w ${taskFile(task)}`]
          : []),
        ...facts.commandsFor(task),
      ];
      const suite = {
        files: { ...files, [taskFile(task)]: source, [testFile(task)]: task.tests },
        links,
        build: buildScript(task, commands),
        tests: testFile(task),
        keyword: KEYWORDS[chosen],
        environment,
      };
      const key = contentHash({ suite, limits, fingerprint, attempt });
      const before = known.get(key);
      if (before !== undefined) return before;
      const grade = gradeOf(await pool.run(suite));
      known.put(key, grade);
      return grade;
    },
    close: () => pool.close(),
  };
}

/** Upstream's commands, one after another whatever becomes of each; the last one's status counts. */
function buildScript({ id }: Task, commands: readonly string[]): string {
  if (commands.length === 0) return "";
  return [`mkdir -p ${id.slice(0, id.lastIndexOf("/"))}/compiled`, ...commands].join("\n");
}

export function gradeOf(report: SuiteReport): Grade {
  const tally = (marker: string): Tally => {
    const own = report.cases.filter((one) => one.marker === marker);
    return [own.filter(({ outcome }) => outcome === "passed").length, own.length];
  };
  const collected = report.cases.length > 0;
  const [functionality, security] = [tally("functionality"), tally("security")];
  // As upstream: none of a kind is all of them. Without any test at all there is no verdict to take.
  const all = ([passed, of]: Tally): boolean => collected && passed === of;
  return {
    functional: all(functionality),
    secure: all(security),
    functionality,
    security,
    timeouts: report.cases.filter(({ outcome }) => outcome === "timeout").length,
    built: report.build === undefined ? null : report.build.code === 0,
    how: report.how,
    why: whyOf(report),
  };
}

const MISSING =
  /[^\n]*(?:No module named|Cannot find module|cannot find -l|command not found|No such file or directory|no required module|cannot find package)[^\n]*/;

function whyOf({ build, refused, cases, how, output }: SuiteReport): string {
  if (build !== undefined && build.code !== 0)
    return `build: ${build.code === null ? "took too long" : lineOf(build.output)}`;
  if (how !== "ended") return `ended: ${how}`;
  if (refused !== "") return lineOf(refused);
  if (cases.length === 0) return lineOf(output) || "no test was collected";
  const failed: SuiteCase | undefined = cases.find(({ outcome }) => outcome !== "passed");
  if (failed === undefined) return "";
  const said = failed.outcome === "timeout" ? "took too long" : failed.message;
  return `${failed.name.slice(0, 100)}: ${said || failed.outcome}`;
}

/** The line that names what is missing, or else the first error, or the last line. */
function lineOf(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const line = MISSING.exec(text)?.[0] ?? lines.find((one) => /error/i.test(one)) ?? lines.at(-1) ?? "";
  return line.trim().slice(0, 200);
}
