/**
 * `transformers serve` with a checkpoint that Ironbark wrote: the same greedy text as from our own endpoint, and
 * Ironbark's evaluators read both. Needs the serving extra of transformers in the Python that IRONBARK_PYTHON names.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ironbark } from "../src/cli/fixtures/ironbark.ts";
import { createEndpointSampler } from "../src/model/samplers/index.ts";
import { openModelServer, type ModelServer } from "../src/serve/model/server.ts";
import { writeTinyDecoder } from "../src/testing/tiny-decoder.ts";
import { pythonCommand } from "../src/util/python.ts";

const NEEDED = ["transformers", "torch", "fastapi", "uvicorn", "openai", "requests"];
const check = `import importlib.util as u, sys; sys.exit(any(u.find_spec(n) is None for n in ${JSON.stringify(NEEDED)}))`;
const available = spawnSync(pythonCommand(), ["-c", check]).status === 0;
const SKIPPED = " (skipped: transformers[serving] is not in the Python that IRONBARK_PYTHON names)";

const folder = mkdtempSync(join(tmpdir(), "ironbark-transformers-serve-"));
let ours: ModelServer | undefined;
let stop = async (): Promise<void> => {};
const urls = { ours: "", theirs: "" };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function startTransformers(port: number): Promise<void> {
  const args = ["-m", "transformers.cli.transformers", "serve", folder, "--device", "cpu"];
  const child = spawn(
    pythonCommand(),
    [...args, "--dtype", "float32", "--host", "127.0.0.1", "--port", `${port}`],
    {
      env: { ...process.env, HF_HUB_OFFLINE: "1" },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let err = "";
  child.stderr.on("data", (data: Buffer) => (err = `${err}${String(data)}`.slice(-2000)));
  let ended = false;
  const exit = once(child, "exit").then(() => (ended = true));
  stop = async () => {
    child.kill("SIGKILL");
    await exit;
  };
  for (;;) {
    if (ended) throw new Error(`transformers serve ended: ${err}`);
    const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (response?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe.skipIf(!available)(`transformers serve${available ? "" : SKIPPED}`, () => {
  beforeAll(async () => {
    await writeTinyDecoder(folder, 3, { initStd: 0.4, layers: 2 });
    const port = await freePort();
    urls.theirs = `http://127.0.0.1:${port}/v1`;
    ours = await openModelServer({ checkpoint: folder, name: folder });
    urls.ours = `${(await ours.listen(0)).url}/v1`;
    await startTransformers(port);
  });
  afterAll(async () => {
    await stop();
    await ours?.close();
    rmSync(folder, { recursive: true });
  });

  it("writes the same greedy text", async () => {
    const texts = new Set<string>();
    for (const prompt of ["def f(x):", "SELECT * FROM users", "<html>", "a", "import os\n"]) {
      const complete = (url: string) =>
        createEndpointSampler({ name: url, url, model: folder, api: "completions" }).complete(
          { prompt, seed: 1 },
          { temperature: 0, topP: 1, maxTokens: 40 },
        );
      const [own, other] = [await complete(urls.ours), await complete(urls.theirs)];
      expect({ ...other, ms: 0 }).toEqual({ ...own, ms: 0 });
      texts.add(own.text);
    }
    expect(texts.size).toBeGreaterThan(3);
  });

  it("is evaluated as any other endpoint", async () => {
    const tests = [{ input: "2\n", output: "4" }];
    const task = { kind: "stdin", id: "double", language: "python", prompt: "Double.", tests };
    writeFileSync(join(folder, "tasks.jsonl"), `${JSON.stringify(task)}\n`);
    const samplers = (["ours", "theirs"] as const).map((name) => {
      return { name, endpoint: urls[name], model: folder, api: "completions" };
    });
    writeFileSync(join(folder, "samplers.json"), JSON.stringify({ samplers }));
    const typed = ["eval", "codegen", "--samplers", join(folder, "samplers.json")];
    typed.push("--tasks", join(folder, "tasks.jsonl"), "--out", join(folder, "report"));
    typed.push("--temperature", "0", "--max-tokens", "20", "--json", "--quiet");
    const { code, out, err } = await ironbark(typed);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const report = JSON.parse(out) as { n: number; infra: number; metrics: object; others: object[] };
    expect(report).toMatchObject({ n: 1, infra: 0, others: [{ n: 1, infra: 0, metrics: report.metrics }] });
  });
});
