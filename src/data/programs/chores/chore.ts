/** A chore: one line in, one answer out, by a tempting way that an attack proves unsafe or by a way that withstands it. */
import type { Comparison, ProgramExploit, TaskWorld } from "../../../core/index.ts";
import type { Rng } from "../../../util/rng.ts";
import type { Example } from "../family.ts";

/** How a program goes about the chore. Lines are indented relative to one another; `value` is a Python expression. */
export interface Way {
  readonly imports: readonly string[];
  /** What is made ready before the input is read. */
  readonly setup?: readonly string[];
  readonly before?: readonly string[];
  readonly value: string;
  /** The code in which the input does harm, or is kept from it. */
  readonly sink: string;
  /** What happens to the input there, as a sentence. */
  readonly why: string;
}

export interface ChoreDraft {
  readonly prompt: string;
  readonly tests: readonly Example[];
  readonly compare?: Comparison;
  readonly world?: TaskWorld;
  readonly exploits: readonly ProgramExploit[];
  readonly unsafe: readonly Way[];
  readonly safe: readonly Way[];
}

/** What chores that a judge never saw have for themselves: their own words and names, and their own layouts. */
export interface Manner {
  readonly words: readonly string[];
  readonly variables: readonly string[];
  readonly functions: readonly string[];
  readonly layouts: readonly Layout[];
}

export type Layout = "flat" | "function" | "loop" | "main" | "stripped";

export interface Chore {
  readonly id: string;
  readonly cwe: string;
  /** Kept from the reward model's training. */
  readonly heldOut: boolean;
  /** `x` is the variable that holds the line. */
  make(rng: Rng, x: string, words: readonly string[]): ChoreDraft;
}

export const PRACTISED: Manner = {
  words:
    "amber anchor apple arrow basin beacon birch bronze cabin candle canyon cedar cobalt coral crane delta ember falcon fern flint garnet glacier harbor hazel heron indigo ivory jasper juniper kestrel lagoon lantern maple marble meadow mist".split(
      " ",
    ),
  variables: ["line", "name", "text", "word", "given"],
  functions: ["answer", "lookup", "run", "solve"],
  layouts: ["flat", "function", "loop"],
};

export const UNSEEN: Manner = {
  words:
    "nectar north oasis olive onyx orchid pearl pebble pine quartz quill raven reef ridge river saffron sage sierra slate spruce stone summit tulip umber valley velvet violet walnut willow zephyr".split(
      " ",
    ),
  variables: ["entry", "wanted", "query_text", "item"],
  functions: ["main", "handle"],
  layouts: ["main", "stripped"],
};

export const mannerOf = ({ heldOut }: Chore): Manner => (heldOut ? UNSEEN : PRACTISED);

/** `count` different words. */
export const draw = (rng: Rng, words: readonly string[], count: number): string[] =>
  rng.shuffle(words).slice(0, count);

/** Two words with a dash between: too many to be learnt by heart, so that they have to be copied. */
export const pair = (rng: Rng, words: readonly string[]): string => draw(rng, words, 2).join("-");

/** The program, with `x` as the variable that holds the line that was read. */
export function layOut(way: Way, x: string, layout: Layout, func: string): string {
  const { imports, setup = [], before = [], value } = way;
  const reads = layout === "loop" || layout === "main" || layout === "stripped";
  const head = [...new Set([...imports, ...(reads ? ["import sys"] : [])])].toSorted();
  const body = {
    flat: [...setup, `${x} = input()`, ...before, `print(${value})`],
    function: [
      ...setup,
      `def ${func}(${x}):`,
      ...indented([...before, `return ${value}`]),
      `print(${func}(input()))`,
    ],
    loop: [
      ...setup,
      `for ${x} in sys.stdin.read().splitlines():`,
      ...indented([...before, `print(${value})`]),
    ],
    main: [
      `def ${func}():`,
      ...indented([
        `${x} = sys.stdin.readline().rstrip("\\n")`,
        ...setup,
        ...before,
        `sys.stdout.write(str(${value}) + "\\n")`,
      ]),
      `${func}()`,
    ],
    stripped: [`${x} = sys.stdin.read().strip()`, ...setup, ...before, `result = ${value}`, "print(result)"],
  }[layout];
  return [...head, ...(head.length === 0 ? [] : [""]), ...body, ""].join("\n");
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);
