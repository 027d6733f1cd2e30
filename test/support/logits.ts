/** Prints our logits for a checkpoint on the ids of logits.py, as JSON. */
import { join } from "node:path";
import { causalAttention } from "../../src/model/attention.ts";
import { readConfig } from "../../src/model/config.ts";
import { Decoder } from "../../src/model/decoder.ts";
import { ropeTable } from "../../src/model/rope.ts";
import { loadSafetensors, noGrad, tensor } from "../../src/torch/index.ts";

const LENGTH = 24;
const folder = process.argv[2]!;
const config = await readConfig(folder);
const model = new Decoder(config, loadSafetensors(join(folder, "model.safetensors")));
const rope = ropeTable(model.headDim, config.ropeTheta, LENGTH);
const ids = BigInt64Array.from({ length: LENGTH }, (_, i) => BigInt((i * 37 + 5) % config.vocabSize));
const logits = noGrad(() =>
  model.logits(model.hidden(tensor(ids, { shape: [1, LENGTH] }), causalAttention(rope)).reshape(LENGTH, -1)),
);
console.log(JSON.stringify(logits.narrow(0, LENGTH - 2, 2).toNumbers()));
