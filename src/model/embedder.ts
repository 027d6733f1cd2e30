/** Embeddings of texts by an encoder: one vector of length 1 for each. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { noGrad, tidy } from "../torch/index.ts";
import { loadEncoder } from "./encoder-load.ts";
import { padded } from "./encoder-scores.ts";
import type { Encoder, Pooling } from "./encoder.ts";
import { readJsonFile } from "./json-file.ts";
import { encodeTexts } from "./text-ids.ts";
import { Tokenizer } from "./tokenizer.ts";

export interface Embedder {
  readonly model: Encoder;
  readonly tokenizer: Tokenizer;
  readonly pooling: Pooling;
}

/** Where models made for embeddings (sentence-transformers) say how they pool. */
const POOLING_FILE = join("1_Pooling", "config.json");
const PoolingSchema = z.looseObject({ pooling_mode_cls_token: z.boolean().default(false) });
/** Tokens of a forward pass, padding included. */
const TOKENS = 2048;

/** Pools as the folder says, otherwise by the mean of the tokens. Throws InputError. */
export async function openEmbedder(folder: string): Promise<Embedder> {
  const file = join(folder, POOLING_FILE);
  const first =
    existsSync(file) && readJsonFile(file, PoolingSchema, "how texts are pooled").pooling_mode_cls_token;
  const tokenizer = await Tokenizer.load(folder);
  return { model: await loadEncoder(folder), tokenizer, pooling: first ? "first" : "mean" };
}

/** Vectors [d] in the order of the texts, and how many tokens were read. Longer texts are cut. */
export function embedTexts(
  { model, tokenizer, pooling }: Embedder,
  texts: readonly string[],
): { readonly vectors: Float32Array[]; readonly tokens: number } {
  const ids = encodeTexts(tokenizer, texts, model.config.maxTokens);
  const order = [...ids.keys()].sort((a, b) => ids[a]!.length - ids[b]!.length);
  const vectors: Float32Array[] = [];
  for (let from = 0, to = 0; from < order.length; from = to) {
    to = from + 1;
    while (to < order.length && (to + 1 - from) * ids[order[to]!]!.length <= TOKENS) to++;
    const rows = order.slice(from, to);
    const pooled = tidy(() =>
      noGrad(() => {
        const batch = padded(
          rows.map((row) => ids[row]!),
          model.config.padId,
        );
        return model.pool(model.hidden(batch.ids, batch.mask), batch.mask, pooling).float().toFloat32Array();
      }),
    );
    const width = pooled.length / rows.length;
    rows.forEach((row, at) => (vectors[row] = normalized(pooled.slice(at * width, (at + 1) * width))));
  }
  return { vectors, tokens: ids.reduce((sum, one) => sum + one.length, 0) };
}

function normalized(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((x) => x / length);
}
