/** `/v1/embeddings` and `/classify`: what encoders answer. */
import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type { LabelScore } from "../../core/classification.ts";
import { maskCweIds } from "../../data/cve/mentions.ts";
import type { EncoderEngine } from "../../model/encoder-engine.ts";
import type { classifySchema, embeddingSchema } from "./bodies.ts";

const asList = (texts: string | readonly string[]): readonly string[] =>
  typeof texts === "string" ? [texts] : texts;

/** In the shape of the OpenAI API. Vectors have length 1. */
export async function embeddings(
  body: z.output<typeof embeddingSchema>,
  encoder: EncoderEngine,
): Promise<object> {
  const { vectors, tokens } = await encoder.embed(asList(body.input));
  const written = (vector: Float32Array): string | number[] =>
    body.encoding_format === "base64"
      ? Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64")
      : [...vector];
  return {
    object: "list",
    data: vectors.map((vector, index) => ({ object: "embedding", index, embedding: written(vector) })),
    model: body.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/**
 * `{"inputs"}` is answered as Hugging Face's text-classification does, a list of labels for each text; `{"input"}` as
 * vLLM does, with the probabilities in the order of the model's labels.
 */
export async function classify(
  body: z.output<typeof classifySchema>,
  encoder: EncoderEngine,
  model: string,
): Promise<object> {
  const texts = asList(
    "inputs" in body ? (body.inputs as string | string[]) : (body.input as string | string[]),
  );
  // Classifiers of weaknesses are trained on texts in which no weakness is named.
  const weaknesses = encoder.labels.every((label) => /^CWE-\d+$/.test(label));
  const found = await encoder.classify(weaknesses ? texts.map((one) => maskCweIds(one)) : texts);
  if ("inputs" in body) {
    const { top_k: most } = (body.parameters ?? {}) as { top_k?: number | null };
    return found.map(({ scores }) =>
      scores.slice(0, most ?? undefined).map(({ label, score }) => ({ label, score })),
    );
  }
  return {
    id: `classify-${randomUUID()}`,
    object: "list",
    created: Math.floor(Date.now() / 1000),
    model,
    data: found.map(({ scores }, index) => ({
      index,
      label: scores[0]!.label,
      probs: encoder.labels.map((label) => scoreOf(scores, label)),
      num_classes: encoder.labels.length,
    })),
  };
}

const scoreOf = (scores: readonly LabelScore[], label: string): number =>
  scores.find((one) => one.label === label)?.score ?? 0;
