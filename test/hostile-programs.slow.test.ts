/**
 * Hostile, broken and random programs: none hangs, leaks or gets a wrong verdict. IRONBARK_HOSTILE sets how many there
 * are (default 400, or 2,000 of the whole).
 */
import { spawnSync } from "node:child_process";
import { afterAll, expect, it } from "vitest";
import type { StdinTask } from "../src/core/index.ts";
import { generatePrograms } from "../src/data/programs/index.ts";
import { createProgramPool, type Program } from "../src/sandbox/index.ts";
import { mapLimit } from "../src/util/concurrency.ts";
import { pythonCommand } from "../src/util/python.ts";
import { makeRng } from "../src/util/rng.ts";
import { createProgramGrader, type ProgramGrade } from "../src/verify/programs/index.ts";
import { descendants } from "./support/processes.ts";
import { sized } from "../src/testing/whole.ts";

const COUNT = Number(process.env["IRONBARK_HOSTILE"] ?? sized(400, 2000));
const MIB = 2 ** 20;
const pool = createProgramPool({
  limits: {
    cpuSeconds: 1,
    wallMs: 3000,
    memoryBytes: 256 * MIB,
    totalMemoryBytes: 400 * MIB,
    outputBytes: MIB,
  },
});
afterAll(() => pool.close());

interface Kind {
  readonly language: Program["language"];
  readonly source: string;
  /** What it may be judged as. */
  readonly verdict: readonly string[];
  /** Takes seconds: one in a hundred. */
  readonly slow?: true;
}

const python = (source: string, ...verdict: string[]): Kind => ({ language: "python", source, verdict });
const javascript = (source: string, ...verdict: string[]): Kind => ({
  language: "javascript",
  source,
  verdict,
});
const slow = (kind: Kind): Kind => ({ ...kind, slow: true });

/** Each is to print 42 for the input 21, and most do something else. */
const KINDS: readonly Kind[] = [
  python("print(int(input()) * 2)", "pass"),
  javascript("console.log(Number(require('fs').readFileSync(0, 'utf8')) * 2)", "pass"),
  python("print(int(input()))", "wrong-output"),
  python("int(input()) * 2", "no-output"),
  javascript("Number(require('fs').readFileSync(0, 'utf8')) * 2", "no-output"),
  python("", "no-output"),
  javascript("", "no-output"),
  slow(python("while True: pass", "timeout")),
  slow(python("import time\nwhile True: time.sleep(1)", "timeout")),
  slow(
    python(
      "import signal\nfor n in range(1, 64):\n  try: signal.signal(n, signal.SIG_IGN)\n  except (OSError, ValueError): pass\nwhile True: pass",
      "timeout",
    ),
  ),
  slow(python("import re; re.match(r'(a+)+$', 'a' * 60 + 'b')", "timeout")),
  slow(javascript("for (;;) {}", "timeout")),
  slow(javascript("setInterval(() => {}, 100)", "timeout")),
  slow(
    python(
      "import threading\nfor _ in range(8): threading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()",
      "timeout",
      "memory",
      "no-output",
    ),
  ),
  python("def f(n): return f(n + 1) + 1\nprint(f(0))", "crash"),
  python(
    "import sys; sys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1) + 1\nprint(f(0))",
    "crash",
    "memory",
    "timeout",
  ),
  javascript("const f = (n) => f(n + 1) + 1; f(0)", "crash"),
  python("x = [0] * 10**9", "memory"),
  python("x = []\nwhile True: x.append('x' * 10**6)", "memory"),
  slow(javascript("const a = []; for (;;) a.push(new Array(1e5).fill(1.5))", "memory", "timeout")),
  slow(javascript("const a = []; for (;;) a.push(Buffer.alloc(1e7, 1))", "memory", "timeout", "crash")),
  python("while True: print('x' * 10000)", "wrong-output"),
  python("import os\nwhile True: os.write(1, b'42\\n' * 1000)", "wrong-output"),
  javascript("for (;;) console.log('x'.repeat(10000))", "wrong-output"),
  python("import sys\nfor _ in range(3000): sys.stderr.write('x' * 1000)\nprint(42)", "pass"),
  python("import ctypes; ctypes.string_at(0)", "crash"),
  python(
    "import ctypes; ctypes.memset(ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, 'Py_IgnoreEnvironmentFlag')), 255, 10**8)",
    "crash",
  ),
  python("import os; os.abort()", "crash"),
  python("import os; os.kill(os.getpid(), 9)", "crash"),
  python("import os; os._exit(0)", "no-output"),
  python("import os; os._exit(3)", "crash"),
  python("import sys; sys.stdout.buffer.write(b'\\xff\\xfe\\x00')", "wrong-output"),
  python("import sys; sys.stdout.buffer.write(b'42\\n'); sys.stdout.close()", "pass", "crash"),
  python("import os; os.close(1); print(42)", "crash"),
  python("print(chr(0xd800))", "crash"),
  slow(
    python("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", "timeout", "memory", "crash"),
  ),
  python(
    "import os\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n    import time; time.sleep(60)\n  os._exit(0)\nprint(42)",
    "pass",
  ),
  python("import subprocess; subprocess.Popen(['sleep', '60']); print(42)", "pass"),
  python("import os\nfor pid in range(1, 100):\n  try: os.kill(pid, 9)\n  except OSError: pass", "crash"),
  python("import os\ntry: os.kill(1, 19)\nexcept OSError: pass\nprint(42)", "pass"),
  python(
    "import os\nfor i in range(5000):\n  try: open(f'/tmp/{i}', 'w').write('x' * 9000)\n  except OSError: pass\nprint(42)",
    "pass",
  ),
  python("import os\nos.makedirs('/tmp/' + 'a/' * 200)\nos.chmod('/tmp', 0)\nprint(42)", "pass"),
  python(
    "import os, sys\nfor fd in range(3, 256):\n  try: os.write(fd, b'{\"end\": true}\\n')\n  except OSError: pass\nprint(42)",
    "pass",
  ),
  python(
    "import socket\ntry: socket.create_connection(('1.1.1.1', 53), 0.2)\nexcept OSError: print(42)",
    "pass",
  ),
  javascript("process.exit(0)", "no-output"),
  javascript("process.kill(process.pid, 'SIGKILL')", "crash"),
  javascript("process.abort()", "crash"),
  javascript("process.on('exit', () => console.log(42))", "pass"),
  javascript('require(\'fs\').writeSync(4, \'{"code":0,"stdout":"42"}\\n\')', "crash", "no-output"),
  javascript("require('fs').closeSync(3); console.log(42)", "crash", "pass"),
  javascript("Object.prototype.toJSON = () => 1; console.log(42)", "pass"),
  javascript("globalThis.JSON = null; Buffer.concat = null; console.log(42)", "pass", "crash"),
  javascript(
    "new (require('worker_threads').Worker)('for (;;) {}', { eval: true }); process.exit(0)",
    "no-output",
    "timeout",
  ),
  python("\0", "syntax"),
  python("x = '\ud800'", "syntax"),
  python("(".repeat(3000), "syntax"),
  python("if True:\n\tx = 1\n        y = 2", "syntax"),
  python("return 42", "syntax"),
  python("# -*- coding: nonsense -*-\nprint(42)", "syntax"),
  python("def f(:\n", "syntax"),
  javascript("let x = ;", "syntax"),
  javascript("}); (() => {", "syntax"),
  javascript("return 42", "no-output"),
  javascript("await 1", "syntax", "no-output"),
  javascript("'\ud800'; console.log(42)", "pass"),
];

const TASK: StdinTask = {
  kind: "stdin",
  language: "python",
  prompt: "Double it.",
  tests: [{ input: "21\n", output: "42" }],
};

/** Right solutions with letters and lines gone, doubled, swapped: mostly no Python any more. */
function mutants(count: number): string[] {
  const rng = makeRng(5);
  const sources = generatePrograms({ seed: 1, perFamily: 6, languages: ["python"] }).map(
    ({ reference }) => reference!,
  );
  return Array.from({ length: count }, () => {
    let text = rng.pick(sources);
    for (let i = 0; i <= rng.int(3); i++) {
      const [from, to] = [rng.int(text.length), rng.int(text.length)].toSorted((a, b) => a - b) as [
        number,
        number,
      ];
      const cut = text.slice(from, Math.min(to, from + 12));
      text = rng.pick([
        text.slice(0, from) + text.slice(from + 1),
        text.slice(0, from) + cut + text.slice(from),
        text.slice(0, to) + cut + text.slice(to),
        text.slice(0, from) + rng.pick([..."()[]{}:'\"\\#\t\n =@$?é"]) + text.slice(from),
      ]);
    }
    return text;
  });
}

/** What Python says to each source: true when it can be compiled. Nothing of it runs. */
function compiled(sources: readonly string[]): boolean[] {
  const script = `import json, sys, warnings
warnings.simplefilter("ignore")
def fine(source):
    try:
        compile(source.encode(), "main.py", "exec")
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
print(json.dumps([fine(source) for source in json.load(sys.stdin)]))
`;
  const { stdout } = spawnSync(pythonCommand(), ["-c", script], {
    input: JSON.stringify(sources),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(stdout) as boolean[];
}

const verdictOf = (grade: ProgramGrade): string =>
  grade.syntaxError === undefined ? grade.tests[0]!.verdict : "syntax";

it("judges every one of them, and leaves nothing behind", async () => {
  const grader = createProgramGrader({ pool });
  // Every runner is up before anything is counted.
  await Promise.all(Array.from({ length: pool.workers }, () => grader.grade(TASK, "print(1)")));
  const before = descendants(process.pid).length;
  const quick = KINDS.filter((kind) => kind.slow === undefined);
  const known: Kind[] = Array.from({ length: Math.floor(COUNT / 2) }, (_, index) =>
    index < KINDS.length
      ? KINDS[index]!
      : index % 100 === 0
        ? KINDS[(index / 100) % KINDS.length]!
        : quick[index % quick.length]!,
  );
  const judged = await mapLimit(known, pool.workers, async ({ language, source, verdict }) => {
    const found = verdictOf(await grader.grade({ ...TASK, language }, source));
    return verdict.includes(found) ? undefined : { source: source.slice(0, 200), verdict, found };
  });
  expect(judged.filter((wrong) => wrong !== undefined)).toEqual([]);

  const random = mutants(COUNT - known.length);
  const parses = compiled(random);
  const verdicts = await mapLimit(random, pool.workers, async (source) =>
    verdictOf(await grader.grade(TASK, source)),
  );
  const wrong = random.filter((_, index) => parses[index] === (verdicts[index] === "syntax"));
  expect(wrong.map((source) => source.slice(0, 300))).toEqual([]);
  expect(verdicts.filter((verdict) => verdict === "syntax").length).toBeGreaterThan(0.2 * random.length);
  // What was killed last may still be on its way out.
  await expect.poll(() => descendants(process.pid).length, { timeout: 20_000 }).toBeLessThanOrEqual(before);
}, 3_600_000);
