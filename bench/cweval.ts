/**
 * CWEval's reference solutions as answers, two of each, built and tested by upstream's own pipeline and by ours with as
 * many workers; that both come to the same verdicts is checked here. CWEVAL_REPO names a checkout, CWEVAL_PYTHON an
 * interpreter with its requirements and NODE_PATH its npm packages. Go is left out: another Go than go.mod asks for
 * builds nothing upstream.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { arch, cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as cweval from "../src/benchmarks/cweval/index.ts";
import { openKeyedLog } from "../src/runs/keyed-log.ts";

const [repo, python] = [process.env["CWEVAL_REPO"], process.env["CWEVAL_PYTHON"]];
const SAMPLES = 2;
/** Upstream hangs with one. */
const WORKERS = 2;
const UPSTREAM_S = 900;

async function measure(repository: string, interpreter: string): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "cweval-bench-"));
  try {
    const all = cweval.readTasks(repository);
    const tasks = all.filter(({ language }) => language !== "go");
    const comment = { py: "#", js: "//", c: "//", cpp: "//", go: "//" };
    const answers = new Map(
      tasks.map((task) => [
        task,
        Array.from({ length: SAMPLES }, (_, sample) =>
          cweval.asAnswer(`${comment[task.language]} sample ${sample}\n${task.reference}`),
        ),
      ]),
    );
    const evals = join(folder, "evals");
    cweval.writeAnswers(evals, answers);

    const facts = await cweval.askCheckout(repository, tasks, { python: interpreter, prompt: "direct" });
    const machine = await cweval.surveyMachine(repository, { python: interpreter });
    let begun = performance.now();
    const known = openKeyedLog<cweval.Grade>(join(folder, "grades.jsonl"));
    const limits = { testMs: 3000, buildMs: 120_000, wallMs: 420_000 };
    const judge = cweval.createJudge({ workers: WORKERS, limits, facts, machine, known });
    const setting = {
      repository,
      judge,
      facts,
      machine,
      workers: WORKERS,
      extraction: "first-fence",
    } as const;
    const { answered } = await cweval.gradeAnswers(tasks, answers, setting);
    await judge.close();
    known.close();
    const ours = (performance.now() - begun) / 1000;

    begun = performance.now();
    const pipeline = ["cweval/evaluate.py", "pipeline", "--eval_path", evals, "--num_proc", String(WORKERS)];
    const upstream = spawnSync(interpreter, [...pipeline, "--docker", "False"], {
      cwd: repository,
      env: { ...process.env, PYTHONPATH: repository, PYTHONDONTWRITEBYTECODE: "1" },
      encoding: "utf8",
      timeout: UPSTREAM_S * 1000,
    });
    const theirs = (performance.now() - begun) / 1000;
    if (upstream.status !== 0)
      throw new Error(`upstream ended with ${upstream.status}: ${upstream.stderr.slice(-500)}`);

    const results = JSON.parse(readFileSync(join(evals, "res_all.json"), "utf8")) as Record<
      string,
      { functional: boolean[]; secure: boolean[] }
    >;
    const different = answered.flatMap(({ task, grades }) => {
      const key = Object.keys(results).find((path) => path.endsWith(`/${task.id}_test.py`));
      const [mine, other] = [grades.map((grade) => [grade?.functional, grade?.secure]), results[key ?? ""]];
      const same = other?.functional.every(
        (value, at) => value === mine[at]?.[0] && other.secure[at] === mine[at]?.[1],
      );
      return same ? [] : [`${task.id}: ${JSON.stringify(mine)}, upstream ${JSON.stringify(other)}`];
    });
    return {
      name: "cweval",
      ratio: Number((theirs / ours).toFixed(2)),
      ours: Number(ours.toFixed(1)),
      theirs: Number(theirs.toFixed(1)),
      unit: `seconds for ${tasks.length} tasks with ${SAMPLES} answers, ${WORKERS} workers`,
      machine: `${cpus()[0]?.model.trim() ?? arch()}, ${cpus().length} CPUs`,
      versions: machine.versions,
      func_sec: cweval.summarise(answered, [1], 1).metrics["func-sec@1"],
      different,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (repo === undefined || python === undefined)
  process.stderr.write(
    "cweval is left out: CWEVAL_REPO and CWEVAL_PYTHON name no checkout and interpreter\n",
  );
else process.stdout.write(`${JSON.stringify(await measure(resolve(repo), python))}\n`);
