/** `ironbark serve --model` as a program: it answers, Ctrl-C ends it cleanly, and bad input gets one line. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeTinyDecoder } from "../testing/tiny-decoder.ts";
import { projectRoot } from "../util/root.ts";
import { ironbark } from "./fixtures/ironbark.ts";

const root = mkdtempSync(join(tmpdir(), "ironbark-serve-"));
const checkpoint = join(root, "tiny");
const broken = join(root, "broken");

beforeAll(async () => {
  mkdirSync(checkpoint);
  await writeTinyDecoder(checkpoint);
  mkdirSync(broken);
  writeFileSync(join(broken, "config.json"), '{"model_type": "mamba"}');
});
afterAll(() => rmSync(root, { recursive: true }));

it("serves with the key of the environment until Ctrl-C, also while it is writing", async () => {
  const typed = ["serve", "--model", checkpoint, "--name", "m", "--port", "0", "--json"];
  const env = { ...process.env, IRONBARK_API_KEY: "key" };
  const child = spawn(join(projectRoot(), "bin", "ironbark"), typed, { env });
  const exit = new Promise<number | null>((done) => void child.once("exit", (code) => done(code)));
  const line = await new Promise<string>(
    (done) => void child.stdout.once("data", (data: Buffer) => done(String(data))),
  );
  const { url, model } = JSON.parse(line) as { url: string; model: string };
  expect(model).toBe("m");
  const ask = (key: string, stream: boolean): Promise<Response> =>
    fetch(`${url}/v1/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "m", prompt: "x", max_tokens: 400, ignore_eos: true, stream }),
    });
  expect((await ask("wrong", false)).status).toBe(401);
  expect((await ask("key", false)).status).toBe(200);
  expect((await ask("key", true)).status).toBe(200);
  child.kill("SIGINT");
  expect(await exit).toBe(0);
});

it.each<[string, string[], RegExp]>([
  ["an unknown architecture", ["--model", broken], /config\.json: model_type/],
  ["no folder", ["--model", join(root, "none")], /none.config\.json: /],
  ["an adapter without a folder", ["--model", checkpoint, "--adapter", "x"], /--adapter: expected NAME=DIR/],
  [
    "no adapter there",
    ["--model", checkpoint, "--adapter", `x=${broken}`],
    /expected adapter_model\.safetensors/,
  ],
  ["a root without a key", ["--model", checkpoint, "--adapter-root", root], /--adapter-root: needs a key/],
])("%s gets one line", async (_, args, message) => {
  const { code, err } = await ironbark(["serve", ...args, "--quiet", "--port", "0"]);
  expect(code).toBe(2);
  expect(err).toMatch(message);
  expect(err.trim().split("\n").length).toBeLessThanOrEqual(2);
});
