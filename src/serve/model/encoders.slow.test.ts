/** Encoders behind the endpoint: embeddings through the official client, classes in the shapes of Hugging Face and vLLM. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadClassifier } from "../../model/classifier.ts";
import { writeTinyEncoder } from "../../testing/tiny-encoder.ts";
import { openModelServer, type ModelServer } from "./server.ts";

const folder = mkdtempSync(join(tmpdir(), "ironbark-encoder-endpoint-"));
const LABELS = ["safe", "unsafe", "unclear"];
let server: ModelServer;
let url: string;

beforeAll(async () => {
  await writeTinyEncoder(folder, LABELS);
  server = await openModelServer({ checkpoint: folder, name: "tiny" });
  ({ url } = await server.listen(0));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const post = async (path: string, body: object): Promise<{ status: number; json: unknown }> => {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, json: await response.json() };
};

it("embeds texts in vectors of length 1, as numbers and as base64", async () => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
  const input = ["sql query", "script page", "sql query"];
  // The client asks for base64 unless it is told otherwise.
  const { data, usage } = await client.embeddings.create({ model: "tiny", input });
  const floats = await client.embeddings.create({ model: "tiny", input, encoding_format: "float" });
  expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
  for (const [i, { embedding }] of data.entries()) {
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
    embedding.forEach((x, at) => expect(x).toBeCloseTo(floats.data[i]!.embedding[at]!, 6));
  }
  expect(data[0]!.embedding).toEqual(data[2]!.embedding);
  expect(data[0]!.embedding).not.toEqual(data[1]!.embedding);
  // With the tokens around each text.
  expect(usage).toEqual({ prompt_tokens: 12, total_tokens: 12 });
});

it("classifies as the classifier itself does", async () => {
  const classifier = await loadClassifier(folder);
  const [own] = await classifier.classify(["sql query"]);
  await classifier.close();
  const hf = await post("/classify", { inputs: "sql query", parameters: { top_k: 2 } });
  expect(hf).toEqual({ status: 200, json: [own!.scores.slice(0, 2)] });
  const many = await post("/classify", { inputs: ["sql query", "page"] });
  expect(many.json).toHaveLength(2);
  expect((many.json as unknown[][])[0]).toHaveLength(3);
  const vllm = await post("/classify", { model: "tiny", input: "sql query" });
  const { data } = vllm.json as { data: { label: string; probs: number[]; num_classes: number }[] };
  expect(data[0]!.label).toBe(own!.scores[0]!.label);
  expect(data[0]!.num_classes).toBe(3);
  expect(data[0]!.probs[LABELS.indexOf(own!.scores[0]!.label)]).toBe(own!.scores[0]!.score);
});

it.each<[string, object, number]>([
  ["/classify", { inputs: [] }, 400],
  ["/classify", {}, 400],
  ["/classify", { inputs: "x", parameters: { function_to_apply: "sigmoid" } }, 400],
  ["/classify", { model: "other", input: "x" }, 404],
  ["/v1/embeddings", { model: "other", input: "x" }, 404],
  ["/v1/embeddings", { model: "tiny", input: "x", dimensions: 4 }, 400],
  ["/v1/chat/completions", { model: "tiny", messages: [{ role: "user", content: "x" }] }, 400],
])("%s %j is answered %i", async (path, body, status) => {
  const refused = await post(path, body);
  expect(refused.status).toBe(status);
  expect(refused.json).toMatchObject({ error: { type: expect.any(String) as string } });
});
