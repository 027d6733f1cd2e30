/**
 * Largest resident memory while a checkpoint is loaded and computes its first tokens, over the size of its weights: in
 * the type of the file, whose pages are mapped, and converted from bfloat16 to float32. What the process had before is
 * not counted.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { causalAttention } from "../src/model/attention.ts";
import type { DecoderConfig } from "../src/model/config.ts";
import { Decoder, initialParameters } from "../src/model/decoder.ts";
import { loadDecoder, saveDecoder } from "../src/model/load.ts";
import { noGrad, setNumThreads, tensor, tidy, torchVersion, type DType } from "../src/torch/index.ts";

const MODEL: DecoderConfig = {
  vocabSize: 32_768,
  hiddenSize: 1024,
  intermediateSize: 2816,
  layers: 8,
  heads: 16,
  kvHeads: 4,
  ropeTheta: 1e6,
  normEps: 1e-6,
  tiedHead: true,
  maxPositions: 512,
  initStd: 0.02,
};
const MIB = 1024 * 1024;

const residentMiB = (name: "VmHWM" | "VmRSS"): number =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024;

/** In a process of its own: prints what it took in MiB, and the size of the weights. */
async function load(folder: string, dtype: DType): Promise<void> {
  setNumThreads(1);
  tidy(() => noGrad(() => tensor([1]).add(1))); // the engine's libraries are not the checkpoint's
  writeFileSync("/proc/self/clear_refs", "5");
  const before = residentMiB("VmRSS");
  const model = await loadDecoder(folder, { dtype });
  const width = dtype === "float32" ? 4 : 2;
  const weights = [...model.parameters.values()].reduce((sum, { numel }) => sum + numel * width, 0) / MIB;
  const loaded = residentMiB("VmHWM") - before;
  tidy(() =>
    noGrad(() => {
      const ids = tensor(
        BigInt64Array.from({ length: 8 }, (_, i) => BigInt(i)),
        { shape: [1, 8] },
      );
      model
        .logits(model.hidden(ids, causalAttention(model.rope(8))).view(8, -1))
        .sum()
        .item();
    }),
  );
  process.stdout.write(JSON.stringify({ weights, loaded, computed: residentMiB("VmHWM") - before }));
}

interface Taken {
  readonly weights: number;
  readonly loaded: number;
  readonly computed: number;
}

function measure(folder: string, dtype: DType): Taken {
  const self = fileURLToPath(import.meta.url);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", self, "--load", folder, dtype],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Taken;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ironbark-bench-load-"));
  const halves = join(folder, "bfloat16");
  try {
    const parameters = initialParameters(MODEL, 1);
    await saveDecoder(folder, new Decoder(MODEL, parameters), { eos: 0, pad: 0 });
    const rounded = new Map([...parameters].map(([name, value]) => [name, value.to({ dtype: "bfloat16" })]));
    await saveDecoder(halves, new Decoder(MODEL, rounded), { eos: 0, pad: 0 });
    const [mapped, converted] = [measure(folder, "float32"), measure(halves, "float32")];
    const ratio = ({ weights, computed }: Taken): number => Number((computed / weights).toFixed(3));
    process.stdout.write(
      `${JSON.stringify({
        name: "load-memory",
        ratio: Math.max(ratio(mapped), ratio(converted)),
        mapped: ratio(mapped),
        converted: ratio(converted),
        unit: "largest resident memory over the size of the weights in float32",
        MiB: { mapped, converted },
        machine: `${cpus()[0]?.model.trim() ?? arch()}, ${cpus().length} CPUs`,
        versions: { node: process.version, libtorch: torchVersion() },
      })}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [flag, folder, dtype] = process.argv.slice(2);
if (flag === "--load") await load(folder!, dtype as DType);
else await main();
