/**
 * Pairs per second of the classification head at 512 tokens on 2 cores, in batches, of a model with the shape that the
 * recipe http-triage trains; random weights answer as fast as trained ones. `ratio` is against the wanted 100.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { arch, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { TriageSchema } from "../recipes/http/settings.ts";
import { openDualEngine } from "../src/model/dual/engine.ts";
import { saveHead } from "../src/model/dual/folder.ts";
import { initialHead, POOLINGS } from "../src/model/dual/head.ts";
import { writeTinyDecoder } from "../src/testing/tiny-decoder.ts";
import { dispose, torchVersion } from "../src/torch/index.ts";
import { makeRng } from "../src/util/rng.ts";
import { median } from "../src/util/stats.ts";

const [ROUNDS, PAIRS, TOKENS, THREADS, WANTED] = [5, 128, 512, 2, 100];

const { model } = TriageSchema.parse({});
const folder = mkdtempSync(join(tmpdir(), "ironbark-http-head-"));
try {
  const checkpoint = join(folder, "model");
  mkdirSync(checkpoint);
  await writeTinyDecoder(checkpoint, 1, {
    vocabSize: model.vocabulary,
    hiddenSize: model.hiddenSize,
    intermediateSize: model.intermediateSize,
    layers: model.layers,
    heads: model.heads,
    kvHeads: model.heads,
    maxPositions: 1024,
  });
  const heads: Record<string, string> = {};
  for (const pooling of POOLINGS) {
    const config = { inputs: model.hiddenSize, hidden: [64], pooling };
    const parameters = initialHead(config, 1);
    heads[pooling] = join(folder, pooling);
    saveHead(heads[pooling], { config, threshold: 0.5, parameters });
    dispose(parameters);
  }
  const engine = await openDualEngine({ checkpoint, adapters: {}, heads }, THREADS);
  const rng = makeRng("http-head");
  const sequences = Array.from({ length: PAIRS }, () =>
    Array.from({ length: TOKENS }, () => rng.int(model.vocabulary)),
  );
  const rate = async (pooling: string): Promise<number> => {
    const started = performance.now();
    await engine.probabilities(sequences, pooling);
    return (PAIRS * 1000) / (performance.now() - started);
  };
  const rates: Record<string, number> = {};
  for (const pooling of POOLINGS) {
    await rate(pooling);
    const rounds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await rate(pooling));
    rates[pooling] = Math.round(median(rounds));
  }
  await engine.close();
  const ours = Math.min(...Object.values(rates));
  process.stdout.write(
    `${JSON.stringify({
      name: "http-head",
      ratio: Number((ours / WANTED).toFixed(2)),
      ours,
      theirs: WANTED,
      unit: `pairs/s at ${TOKENS} tokens`,
      poolings: rates,
      machine: `${cpus()[0]?.model.trim() ?? arch()}, ${cpus().length} CPUs`,
      versions: { node: process.version, libtorch: torchVersion() },
    })}\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
