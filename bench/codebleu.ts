/**
 * Pairs per second through CodeBLEU: ours, and the PyPI package codebleu with the same grammars, each in one process
 * that is warm. The scores of all pairs are compared; a difference above 1e-6 ends the measurement.
 */
import { spawn } from "node:child_process";
import { arch, cpus } from "node:os";
import { createInterface } from "node:readline";
import { codebleu, type CodebleuScore } from "../src/analyzers/codebleu/index.ts";
import { generatePrograms } from "../src/data/programs/index.ts";
import { makeRng } from "../src/util/rng.ts";
import { pythonCommand } from "../src/util/python.ts";

const ROUNDS = 5;
const PAIRS = 1000;

const SCRIPT = `import json, sys, time, logging
logging.disable(logging.CRITICAL)
import importlib.metadata as m
from codebleu import calc_codebleu
print(json.dumps({"codebleu": m.version("codebleu"), "python": sys.version.split()[0], "tree-sitter-python": m.version("tree-sitter-python")}), flush=True)
for line in sys.stdin:
    pairs, scores, begun = json.loads(line), [], time.perf_counter()
    for candidate, reference, language in pairs:
        scores.append(calc_codebleu([reference], [candidate], language))
    print(json.dumps({"seconds": time.perf_counter() - begun, "scores": scores}), flush=True)
`;

type Pair = readonly [candidate: string, reference: string, language: "python" | "javascript"];

const median = (values: readonly number[]): number => values.toSorted((x, y) => x - y)[values.length >> 1]!;

/**
 * Solutions of our own tasks beside the right one: careless ones, others of the family, and damaged copies. No two
 * candidates are the same text, and each round has other tasks; a reference comes back about four times, as it does
 * for the completions of one group.
 */
function makePairs(round: number): Pair[] {
  const rng = makeRng(round);
  const tasks = generatePrograms({ seed: round, perFamily: 10 });
  return Array.from({ length: PAIRS }, (_, index) => {
    const task = tasks[index % tasks.length]!;
    const kin = tasks.filter(({ source, language }) => source === task.source && language === task.language);
    const lines = task.reference!.split("\n");
    const candidate = rng.pick([
      task.security?.unsafe ?? rng.pick(kin).reference!,
      rng.pick(kin).reference!,
      lines.toSpliced(rng.int(lines.length), 1).join("\n"),
      `# a comment\n${task.reference!}`,
    ]);
    const last = task.language === "python" ? `spare = ${index}` : `const spare = ${index};`;
    return [`${candidate}\n${last}\n`, task.reference!, task.language];
  });
}

// With another seed the package's own data-flow scores differ from run to run.
const env = { ...process.env, PYTHONHASHSEED: "0" };
const child = spawn(pythonCommand(), ["-c", SCRIPT], { env, stdio: ["pipe", "pipe", "inherit"] });
const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
const next = async (): Promise<Record<string, unknown>> => {
  const { value, done } = await answers.next();
  if (done === true) throw new Error("the package codebleu is missing: see python/requirements-dev.txt");
  return JSON.parse(value as string) as Record<string, unknown>;
};
try {
  const versions = (await next()) as Record<string, string>;
  const theirsOf = async (pairs: readonly Pair[]): Promise<{ seconds: number; scores: CodebleuScore[] }> => {
    child.stdin!.write(`${JSON.stringify(pairs)}\n`);
    return (await next()) as unknown as { seconds: number; scores: CodebleuScore[] };
  };
  const oursOf = async (pairs: readonly Pair[]): Promise<{ seconds: number; scores: CodebleuScore[] }> => {
    const begun = performance.now();
    const scores: CodebleuScore[] = [];
    for (const [candidate, reference, language] of pairs)
      scores.push(await codebleu(candidate, [reference], language));
    return { seconds: (performance.now() - begun) / 1000, scores };
  };
  const [ours, theirs]: [number[], number[]] = [[], []];
  // The first round warms up; its scores are compared all the same.
  for (let round = 0; round <= ROUNDS; round++) {
    const pairs = makePairs(round);
    const [mine, other] = [await oursOf(pairs), await theirsOf(pairs)];
    if (round > 0) {
      ours.push(PAIRS / mine.seconds);
      theirs.push(PAIRS / other.seconds);
    }
    for (const [index, score] of mine.scores.entries())
      for (const [name, value] of Object.entries(other.scores[index]!))
        if (!(Math.abs(value - score[name as keyof CodebleuScore]) <= 1e-6))
          throw new Error(
            `pair ${index}: ${name} ${score[name as keyof CodebleuScore]}, the package says ${value}`,
          );
  }
  process.stdout.write(
    `${JSON.stringify({
      name: "codebleu",
      ratio: Number((median(ours) / median(theirs)).toFixed(1)),
      ours: Number(median(ours).toFixed(0)),
      theirs: Number(median(theirs).toFixed(0)),
      unit: "pairs/s",
      machine: `${cpus()[0]?.model.trim() ?? arch()}, ${cpus().length} CPUs`,
      versions: { node: process.version, ...versions },
    })}\n`,
  );
} finally {
  child.kill();
}
