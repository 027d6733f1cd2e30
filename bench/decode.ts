/** Multi-turn constrained decoding by a group of episodes: prompts cached once and read by all, against one copy each. */
import { arch, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { createConstraint } from "../src/envs/patch/dialect/constraints.ts";
import { loadDialect, observationIds, renderPage } from "../src/envs/patch/dialect/index.ts";
import { generateScenario } from "../src/data/webapps/index.ts";
import { readConfig } from "../src/model/config.ts";
import { Decoder } from "../src/model/decoder.ts";
import { ropeTable } from "../src/model/rope.ts";
import { LocalTurnSampler } from "../src/model/turn-sampler.ts";
import { dispose, loadSafetensors, setNumThreads, torchVersion } from "../src/torch/index.ts";
import { median } from "../src/util/stats.ts";

const ROUNDS = 3;
const COPIES = 8;
const TURNS = 3;
const FAMILIES = [
  "sql-where-concat",
  "xss-page-fstring",
  "path-open-path",
  "sql-like-percent",
  "xss-attr-format",
];

const folder = fileURLToPath(new URL("../recipes/patch/starter", import.meta.url));
const { vocabulary } = await loadDialect(folder);
const config = await readConfig(folder);
const weights = loadSafetensors(`${folder}/model.safetensors`);
const model = new Decoder(config, weights);
const rope = ropeTable(model.headDim, config.ropeTheta, config.maxPositions);
const tokens = { stop: vocabulary.marks.end, pad: vocabulary.marks.pad };
const sampler = new LocalTurnSampler(model, rope, tokens, { createConstraint });
setNumThreads(2);

const pages = FAMILIES.map((family, i) => renderPage(vocabulary, generateScenario(family, i).files)!);
const wrong = observationIds(vocabulary, "wrong");

/** Tokens drawn per second. A group's rows go on from prompts of `copies` rows each; every episode is told that it was wrong and goes on. */
async function side(copies: number): Promise<number> {
  const prompts = pages.flatMap((page) => Array.from({ length: COPIES / copies }, () => page.ids));
  const started = performance.now();
  await sampler.begin(0, prompts, copies);
  const turns = prompts.flatMap(() => Array.from({ length: copies }, () => 0));
  let start = [...turns.keys()];
  let drawn = 0;
  while (turns.some((done) => done < TURNS)) {
    const rows = start.map((row) => ({
      row,
      append: turns[row] === 0 ? [] : wrong,
      constraint: {
        checkpoint: folder,
        files: pages[Math.floor(row / COPIES)]!.files,
        mayIdentify: turns[row] === 0,
        guessed: [],
      },
      seed: 100 * row + turns[row]!,
    }));
    const change = { start: rows, drop: [] };
    const results = await sampler.advance(0, change, { temperature: 1, topP: 1, maxTokens: 80 }, 8);
    for (const { row, ids } of results) {
      turns[row]!++;
      drawn += ids.length;
    }
    start = results.map(({ row }) => row).filter((row) => turns[row]! < TURNS);
  }
  await sampler.end(0);
  return (1000 * drawn) / (performance.now() - started);
}

await side(COPIES);
const [shared, repeated]: [number[], number[]] = [[], []];
for (let round = 0; round < ROUNDS; round++) {
  shared.push(await side(COPIES));
  repeated.push(await side(1));
}
sampler.close();
dispose(weights);
process.stdout.write(
  `${JSON.stringify({
    name: "decode",
    ratio: Number((median(shared) / median(repeated)).toFixed(2)),
    shared: Math.round(median(shared)),
    repeated: Math.round(median(repeated)),
    unit: "tokens per second",
    machine: `${cpus()[0]?.model.trim() ?? arch()}, ${cpus().length} CPUs`,
    versions: { node: process.version, libtorch: torchVersion() },
  })}\n`,
);
