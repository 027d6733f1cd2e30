/** A tiny checkpoint as a sampler: what is the same for the same seed, whoever shares the batch. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Sampler } from "../../core/index.ts";
import { writeTinyDecoder } from "../../testing/tiny-decoder.ts";
import { openCheckpointSampler } from "./checkpoint.ts";

const folder = mkdtempSync(join(tmpdir(), "checkpoint-sampler-"));
const checkpoint = join(folder, "tiny");
const SAMPLING = { temperature: 1, topP: 1, maxTokens: 24 };
let sampler: Sampler;

beforeAll(async () => {
  mkdirSync(checkpoint);
  await writeTinyDecoder(checkpoint);
  sampler = await openCheckpointSampler({ name: "tiny", checkpoint, batch: 4 });
});
afterAll(async () => {
  await sampler.close();
  rmSync(folder, { recursive: true });
});

it("gives the same text for the same seed, alone and in a batch with others", async () => {
  const ask = (prompt: string, seed: number) => sampler.complete({ prompt, seed }, SAMPLING);
  const alone = await ask("print", 3);
  const many = await Promise.all([
    ask("a longer prompt than the others", 1),
    ask("print", 3),
    ask("print", 4),
    ask("x", 3),
    ask("y", 9),
  ]);
  expect(many[1]!.text).toBe(alone.text);
  expect(new Set(many.map(({ text }) => text)).size).toBe(5);
  for (const { completionTokens, finished } of many)
    expect(finished ? completionTokens! <= 24 : completionTokens === 24).toBe(true);
  expect(alone.promptTokens).toBe(5);
});

it("refuses a prompt for which the model has no room, and answers the others", async () => {
  const [long, fine] = await Promise.allSettled([
    sampler.complete({ prompt: "x".repeat(500), seed: 1 }, SAMPLING),
    sampler.complete({ prompt: "x", seed: 1 }, SAMPLING),
  ]);
  expect(long).toMatchObject({ status: "rejected", reason: { code: "bad-input" } });
  expect(String((long as PromiseRejectedResult).reason)).toContain("500 tokens");
  expect(fine.status).toBe("fulfilled");
});

it("is another sampler with other weights", async () => {
  const other = join(folder, "other");
  mkdirSync(other);
  await writeTinyDecoder(other, 2);
  const second = await openCheckpointSampler({ name: "tiny", checkpoint: other });
  expect(second.identity).not.toEqual(sampler.identity);
  await second.close();
});

it("names the file that is missing", async () => {
  await expect(openCheckpointSampler({ name: "x", checkpoint: folder })).rejects.toMatchObject({
    code: "bad-input",
    message: expect.stringContaining("tokenizer.json") as string,
  });
});
