/** Cost of one small operator (4 x 4 addition, handle made and freed) from TypeScript and from Python's PyTorch. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { arch, cpus } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ones, setNumThreads, tidy, torchVersion } from "../src/torch/index.ts";
import { median } from "../src/util/stats.ts";

const ROUNDS = 7;
const CALLS = 100_000;

/** Answers each line on its input with nanoseconds per operation, so that both sides can take turns. */
const PYTHON = `
import sys, time, torch
torch.set_num_threads(1)
a, b = torch.ones(4, 4), torch.ones(4, 4)
print(torch.__version__, flush=True)
for line in sys.stdin:
    calls = int(line)
    start = time.perf_counter_ns()
    for _ in range(calls):
        a.add(b)
    print((time.perf_counter_ns() - start) / calls, flush=True)
`;

function ours(): number {
  const [a, b] = [ones([4, 4]), ones([4, 4])];
  const start = process.hrtime.bigint();
  // As a training step does: operators run inside a scope that frees their results together.
  for (let done = 0; done < CALLS; done += 100)
    tidy(() => {
      for (let i = 0; i < 100; i++) a.add(b);
    });
  const nanoseconds = Number(process.hrtime.bigint() - start) / CALLS;
  a.dispose();
  b.dispose();
  return nanoseconds;
}

const python = fileURLToPath(new URL("../.venv/bin/python", import.meta.url));
if (!existsSync(python)) {
  process.stderr.write("This measurement needs the project's Python environment: run `make setup`.\n");
  process.exit(3);
}
setNumThreads(1);
const child = spawn(python, ["-c", PYTHON], { stdio: ["pipe", "pipe", "inherit"] });
const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
const answer = async (): Promise<string> => {
  const { value, done } = await answers.next();
  if (done === true) throw new Error("Python ended before it answered");
  return value;
};
const theirVersion = await answer();
const theirs = async (): Promise<number> => {
  child.stdin.write(`${CALLS}\n`);
  return Number(await answer());
};

// The first round of each side warms up and is not counted.
ours();
await theirs();
const [mine, reference]: [number[], number[]] = [[], []];
for (let round = 0; round < ROUNDS; round++) {
  mine.push(ours());
  reference.push(await theirs());
}
child.stdin.end();
const microseconds = (values: readonly number[]): number => Number((median(values) / 1000).toFixed(3));
process.stdout.write(
  `${JSON.stringify({
    name: "op-overhead",
    ratio: Number((median(mine) / median(reference)).toFixed(3)),
    ours: microseconds(mine),
    theirs: microseconds(reference),
    unit: "us per 4x4 add",
    machine: `${cpus()[0]?.model.trim() ?? arch()}, ${cpus().length} CPUs`,
    versions: { node: process.version, libtorch: torchVersion(), torch: theirVersion },
  })}\n`,
);
