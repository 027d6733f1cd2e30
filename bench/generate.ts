/**
 * 32 sequences of 64 prompt tokens and 128 new ones, greedy and with the key-value cache, beside transformers' generate
 * with the same weights: new tokens per second, and how many of them are the same. For both ends of small models;
 * `--size=small` or `--size=large` measures one.
 */
import { rmSync } from "node:fs";
import { createScheduler } from "../src/model/generation/scheduler.ts";
import { loadDecoder } from "../src/model/load.ts";
import { dispose, setNumThreads } from "../src/torch/index.ts";
import { makeRng } from "../src/util/rng.ts";
import { median } from "../src/util/stats.ts";
import { SIZES, writeModel, type Size } from "./shared/generating.ts";
import { openPython, report, rounded } from "./trl/python.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
const THREADS = Number(process.env["IRONBARK_THREADS"] ?? 2);
const [SEQUENCES, PROMPT, NEW] = [32, 64, 128];

interface Generated {
  readonly seconds: number;
  readonly ids: number[][];
}

async function measure(size: Size): Promise<void> {
  const { vocabSize, maxPositions } = SIZES[size];
  const folder = await writeModel("generate", size);
  const rng = makeRng(1);
  const prompts = Array.from({ length: SEQUENCES }, () =>
    Array.from({ length: PROMPT }, () => 300 + rng.int(vocabSize - 300)),
  );
  const model = await loadDecoder(folder);
  const rope = model.rope(maxPositions);

  const ours = (): Generated => {
    const started = performance.now();
    const scheduler = createScheduler(model, rope, { end: new Set(), pad: 257, maxRows: SEQUENCES });
    const options = { temperature: 0, topP: 1, maxTokens: NEW };
    prompts.forEach((prompt, id) => scheduler.add({ id, prompt, seeds: [id], options }));
    const ids: number[][] = prompts.map(() => []);
    while (scheduler.running + scheduler.waiting > 0)
      for (const { request, id } of scheduler.step()) ids[request]!.push(id);
    return { seconds: (performance.now() - started) / 1000, ids };
  };

  const settings = { threads: THREADS, vocabulary: vocabSize, prompts, new: NEW };
  const python = await openPython("sides.py", "generate", folder, JSON.stringify(settings));
  try {
    // The first run of each warms up and says whether both drew the same.
    const [first, reference] = [ours(), await python.ask<Generated>()];
    const drawn = reference.ids.flat();
    const same = first.ids.flat().filter((id, i) => id === drawn[i]).length;
    const [mine, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      mine.push(ours().seconds);
      theirs.push((await python.ask<Generated>()).seconds);
    }
    const rate = (seconds: readonly number[]): number => (SEQUENCES * NEW) / median(seconds);
    const { layers, hiddenSize } = SIZES[size];
    report("generate", python, {
      ratio: rounded(rate(mine) / rate(theirs), 2),
      ours: Math.round(rate(mine)),
      theirs: Math.round(rate(theirs)),
      unit: `new tokens/s, ${SEQUENCES} sequences of ${NEW}`,
      model: `${layers} layers of ${hiddenSize}, vocabulary ${vocabSize}`,
      threads: THREADS,
      sameTokens: rounded(same / (SEQUENCES * NEW)),
      seconds: { ours: mine.map((x) => rounded(x)), theirs: theirs.map((x) => rounded(x)) },
    });
  } finally {
    python.close();
    dispose([model.parameters, rope.cos, rope.sin]);
    rmSync(folder, { recursive: true });
  }
}

setNumThreads(THREADS);
const wanted = process.argv.find((argument) => argument.startsWith("--size="))?.slice("--size=".length);
for (const size of Object.keys(SIZES) as Size[])
  if (wanted === undefined || wanted === size) await measure(size);
