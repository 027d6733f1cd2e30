/**
 * Memory of a model trained through LoRA with its base in four bits, over that of the same in float32, both with
 * gradient checkpointing: what the process holds between steps, its largest size during one, and the time of one. Each
 * side is a process of its own; what the engine's libraries take is not counted.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { arch, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { noGrad, setNumThreads, tensor, tidy, torchVersion } from "../src/torch/index.ts";
import { LocalEngine } from "../src/train/local/engine.ts";
import { makeRng } from "../src/util/rng.ts";
import { median } from "../src/util/stats.ts";
import { RATE, trainingEngine } from "./shared/training.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
const THREADS = Number(process.env["IRONBARK_THREADS"] ?? 2);
const VOCABULARY = 8192;
const BODY = { hiddenSize: 1024, intermediateSize: 2816, layers: 8, heads: 16, kvHeads: 4 };

interface Taken {
  readonly held: number;
  readonly largest: number;
  readonly seconds: number;
  readonly losses: readonly number[];
}

const residentMiB = (name: "VmHWM" | "VmRSS"): number =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024;

function train(quantised: boolean): Taken {
  setNumThreads(THREADS);
  tidy(() => noGrad(() => tensor([1]).add(1))); // the engine's libraries are not the model's
  const before = residentMiB("VmRSS");
  const config = trainingEngine(VOCABULARY);
  const engine = new LocalEngine(
    {
      ...config,
      model: { ...config.model, ...BODY },
      gradientCheckpointing: true,
      ...(quantised ? { quantize: "nf4" } : {}),
    },
    undefined,
  );
  const rng = makeRng(1);
  const batch = Array.from({ length: 4 }, () => {
    const ids = Array.from({ length: 128 }, () => rng.int(VOCABULARY));
    return { ids, weights: ids.map((_, i) => (i === 0 ? 0 : 1)) };
  });
  const step = (): { seconds: number; loss: number } => {
    const started = performance.now();
    const { loss } = engine.forwardBackward(batch, { kind: "cross-entropy" });
    engine.optimStep(RATE);
    return { seconds: (performance.now() - started) / 1000, loss };
  };
  step(); // warms up
  writeFileSync("/proc/self/clear_refs", "5");
  const steps = Array.from({ length: ROUNDS }, step);
  const out = {
    held: residentMiB("VmRSS") - before,
    largest: residentMiB("VmHWM") - before,
    seconds: median(steps.map(({ seconds }) => seconds)),
    losses: steps.map(({ loss }) => loss),
  };
  engine.close();
  return out;
}

function measure(kind: "nf4" | "float32"): Taken {
  const self = fileURLToPath(import.meta.url);
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", self, "--train", kind], {
    encoding: "utf8",
    // Freed blocks go back to the system at once, so that the process is as large as what it uses.
    env: { ...process.env, MALLOC_MMAP_THRESHOLD_: "65536" },
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Taken;
}

const [flag, kind] = process.argv.slice(2);
if (flag === "--train") process.stdout.write(JSON.stringify(train(kind === "nf4")));
else {
  const [four, full] = [measure("nf4"), measure("float32")];
  const ratio = (of: (taken: Taken) => number): number => Number((of(four) / of(full)).toFixed(3));
  process.stdout.write(
    `${JSON.stringify({
      name: "qlora",
      ratio: ratio(({ held }) => held),
      largest: ratio(({ largest }) => largest),
      time: ratio(({ seconds }) => seconds),
      unit: "MiB held by four bits over float32",
      nf4: four,
      float32: full,
      machine: `${cpus()[0]?.model.trim() ?? arch()}, ${cpus().length} CPUs`,
      versions: { node: process.version, libtorch: torchVersion() },
    })}\n`,
  );
}
