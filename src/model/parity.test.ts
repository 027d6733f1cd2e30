import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadSafetensors, noGrad, tensor, tidy } from "../torch/index.ts";
import { causalAttention } from "./attention.ts";
import { readConfig } from "./config.ts";
import { KvCache } from "./kv-cache.ts";
import { Decoder } from "./decoder.ts";
import { ropeTable } from "./rope.ts";

const PARITY = fileURLToPath(new URL("../../../shared/parity", import.meta.url));
const reason = existsSync(PARITY) ? "" : ` (skipped: ${PARITY} is absent)`;

// The fixture's logits were computed with an adapter; its hidden reference is the plain model run by transformers here.
describe.skipIf(reason !== "")(`the decoder against the parity fixture${reason}`, () => {
  it("has logits that do not depend on how the sequence is fed", async () => {
    const config = await readConfig(`${PARITY}/model`);
    const model = new Decoder(config, loadSafetensors(`${PARITY}/model/model.safetensors`));
    const rope = ropeTable(model.headDim, config.ropeTheta, 64);
    const ids = BigInt64Array.from({ length: 14 }, (_, i) => BigInt((i * 37 + 5) % config.vocabSize));
    const full = tidy(() =>
      noGrad(() =>
        model
          .logits(model.hidden(tensor(ids, { shape: [1, 14] }), causalAttention(rope)))
          .reshape(14, -1)
          .toFloat32Array(),
      ),
    );
    const cache = KvCache.empty(
      { layers: config.layers, kvHeads: config.kvHeads, headDim: model.headDim },
      1,
      32,
    );
    const pieces = [5, 1, 6, 2];
    let at = 0;
    for (const size of pieces) {
      const chunk = tidy(() =>
        noGrad(() =>
          model
            .logits(
              model.hidden(
                tensor(ids.slice(at, at + size), { shape: [1, size] }),
                cache.attention(rope, [size], size),
              ),
            )
            .reshape(size, -1)
            .toFloat32Array(),
        ),
      );
      cache.advance([size]);
      const expected = full.subarray(at * config.vocabSize, (at + size) * config.vocabSize);
      expect(Math.max(...chunk.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5);
      at += size;
    }
    cache.dispose();
  });
});
