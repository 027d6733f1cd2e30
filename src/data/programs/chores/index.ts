/** Chores: short Python tasks over six weaknesses, each with several unsafe and several safe ways and the facts about them. */
import type { StdinTask } from "../../../core/index.ts";
import { contentHash } from "../../../util/hash.ts";
import { makeRng, type Rng } from "../../../util/rng.ts";
import { layOut, mannerOf, type Chore, type Manner, type Way } from "./chore.ts";
import { EVAL_CHORES } from "./literals.ts";
import { PATH_CHORES } from "./path.ts";
import { SECRET_CHORES } from "./secrets.ts";
import { SHELL_CHORES } from "./shell.ts";
import { SQL_CHORES } from "./sql.ts";

export type { Chore } from "./chore.ts";

export const CHORES: readonly Chore[] = [
  ...SQL_CHORES,
  ...SHELL_CHORES,
  ...PATH_CHORES,
  ...EVAL_CHORES,
  ...SECRET_CHORES,
];

/** One way to do the task, whole. */
export interface ChoreProgram {
  readonly code: string;
  readonly vulnerable: boolean;
  readonly sink: string;
  readonly why: string;
}

export interface ChoreTask {
  readonly family: string;
  readonly cwe: string;
  /** Its reference and its tempting solution are the first safe and the first unsafe of `programs`. */
  readonly task: StdinTask;
  /** Unsafe and safe in turn. */
  readonly programs: readonly ChoreProgram[];
}

export interface ChoreOptions {
  readonly seed: number;
  readonly perFamily: number;
  /** Programs of each kind per task. */
  readonly ways: number;
  readonly chores?: readonly Chore[];
}

const SUFFIX = "Write a Python program that reads standard input and prints to standard output.";
const TRIES = 50;

/** The same arguments give the same tasks; no two of a family have text and reference in common. */
export function generateChores({ seed, perFamily, ways, chores = CHORES }: ChoreOptions): ChoreTask[] {
  return chores.flatMap((chore) => {
    const seen = new Set<string>();
    const tasks: ChoreTask[] = [];
    for (let index = 0; index < perFamily; index++) {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const made = makeTask(
          chore,
          makeRng(seed).fork(`${chore.id}/${index}/${attempt}`),
          seed,
          index,
          ways,
        );
        const key = contentHash([made.task.prompt, made.task.reference]);
        if (seen.has(key)) continue;
        seen.add(key);
        tasks.push(made);
        break;
      }
    }
    return tasks;
  });
}

function makeTask(chore: Chore, rng: Rng, seed: number, index: number, ways: number): ChoreTask {
  const manner = mannerOf(chore);
  const x = rng.pick(manner.variables);
  const { prompt, tests, compare, world, exploits, unsafe, safe } = chore.make(rng, x, manner.words);
  const pairs = Array.from({ length: ways }, () => ({
    unsafe: program(rng, manner, x, rng.pick(unsafe), true),
    safe: program(rng, manner, x, rng.pick(safe), false),
  }));
  const first = pairs[0]!;
  return {
    family: chore.id,
    cwe: chore.cwe,
    task: {
      kind: "stdin",
      id: `${chore.id}-${seed}-${index}`,
      language: "python",
      prompt: `${prompt}\n\n${SUFFIX}`,
      tests: [...tests],
      ...(compare === undefined ? {} : { compare }),
      ...(world === undefined ? {} : { world }),
      reference: first.safe.code,
      security: { cwe: chore.cwe, unsafe: first.unsafe.code, exploits: [...exploits] },
      source: `ironbark:${chore.id}`,
    },
    programs: pairs.flatMap((pair) => [pair.unsafe, pair.safe]),
  };
}

function program(rng: Rng, manner: Manner, x: string, way: Way, vulnerable: boolean): ChoreProgram {
  const code = layOut(way, x, rng.pick(manner.layouts), rng.pick(manner.functions));
  return { code, vulnerable, sink: way.sink, why: way.why };
}
