/**
 * 32 streams at once from the model endpoint, as a program of its own, beside the engine computing the same 32 prompts
 * as one batch in this process, without threads and HTTP between: new tokens per second, in turn. Greedy, and no answer
 * ends before its limit.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { arch, cpus } from "node:os";
import { join } from "node:path";
import { createScheduler } from "../src/model/generation/scheduler.ts";
import { loadDecoder } from "../src/model/load.ts";
import { dispose, torchVersion } from "../src/torch/index.ts";
import { projectRoot } from "../src/util/root.ts";
import { median } from "../src/util/stats.ts";
import { SIZES, writeModel } from "./shared/generating.ts";

const ROUNDS = 5;
const STREAMS = 32;
const NEW_TOKENS = 64;
const folder = await writeModel("serve", "large");
/** Ids of a byte-level vocabulary are the bytes. */
const prompts = Array.from({ length: STREAMS }, (_, stream) =>
  Array.from({ length: 64 }, (_, i) => 32 + ((i * 7 + stream * 13 + ((i * stream) % 11)) % 90)),
);

const model = await loadDecoder(folder);
const rope = model.rope(SIZES.large.maxPositions);

function batched(): number {
  const begun = performance.now();
  const scheduler = createScheduler(model, rope, { end: new Set(), pad: 257, maxRows: STREAMS });
  const options = { temperature: 0, topP: 1, maxTokens: NEW_TOKENS };
  prompts.forEach((prompt, id) => scheduler.add({ id, prompt, seeds: [id], options }));
  let tokens = 0;
  while (scheduler.running + scheduler.waiting > 0) tokens += scheduler.step().length;
  return (1000 * tokens) / (performance.now() - begun);
}

const server = spawn(
  join(projectRoot(), "bin", "ironbark"),
  ["serve", "--model", folder, "--name", "bench", "--port", "0", "--json"],
  { stdio: ["ignore", "pipe", "inherit"] },
);
const exited = once(server, "exit");

/** Reads one stream to its end; returns how many tokens it says it had. */
async function stream(url: string, prompt: readonly number[]): Promise<number> {
  const response = await fetch(`${url}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "bench",
      prompt,
      max_tokens: NEW_TOKENS,
      temperature: 0,
      ignore_eos: true,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  const text = await response.text();
  return Number(/"completion_tokens":(\d+)/.exec(text)?.[1]);
}

async function streamed(url: string): Promise<number> {
  // The batch kept this thread from seeing that idle connections were closed.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const begun = performance.now();
  const counts = await Promise.all(prompts.map((prompt) => stream(url, prompt)));
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  if (tokens !== STREAMS * NEW_TOKENS)
    throw new Error(`expected ${STREAMS * NEW_TOKENS} tokens, got ${tokens}`);
  return (1000 * tokens) / (performance.now() - begun);
}

try {
  const [line] = (await once(server.stdout, "data")) as [Buffer];
  const { url } = JSON.parse(String(line)) as { url: string };
  batched();
  await streamed(url);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    theirs.push(batched());
    ours.push(await streamed(url));
  }
  process.stdout.write(
    `${JSON.stringify({
      name: "serve",
      ratio: Number((median(ours) / median(theirs)).toFixed(3)),
      ours: Math.round(median(ours)),
      theirs: Math.round(median(theirs)),
      unit: "new tokens/s: 32 streams, and one batch of 32 in the engine",
      rounds: { ours: ours.map(Math.round), theirs: theirs.map(Math.round) },
      machine: `${cpus()[0]?.model.trim() ?? arch()}, ${cpus().length} CPUs`,
      versions: { node: process.version, libtorch: torchVersion() },
    })}\n`,
  );
} finally {
  server.kill("SIGINT");
  await exited;
  dispose([model.parameters, rope.cos, rope.sin]);
  rmSync(folder, { recursive: true });
}
