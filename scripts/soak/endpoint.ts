/** Clients of the model endpoint that ask in every way and often leave before the answer is there. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTinyAdapter, writeTinyDecoder } from "../../src/testing/tiny-decoder.ts";
import { makeRng, type Rng } from "../../src/util/rng.ts";
import { projectRoot } from "../../src/util/root.ts";

export interface EndpointSoak {
  readonly tally: { readonly whole: number; readonly left: number; readonly refused: number };
  readonly problems: readonly string[];
  /** Resident memory of the server when it has nothing to do, after each fifth of the requests. */
  readonly rss_mb: readonly number[];
  /** Once all clients are gone. */
  readonly gauges: Readonly<Record<string, number>>;
  readonly seconds: number;
}

const CLIENTS = 24;
/** In Chinese, so that characters are cut into tokens. */
const PROMPTS = ["def f(x):", "SELECT * FROM users WHERE id = ", "\u6f0f\u6d1e\u5728\u54ea\u91cc\uff1f", "x"];

export async function soakEndpoint({
  requests,
  seed,
}: {
  requests: number;
  seed: number;
}): Promise<EndpointSoak> {
  const folder = mkdtempSync(join(tmpdir(), "ironbark-endpoint-soak-"));
  const server = await startServer(folder);
  const begun = performance.now();
  const rng = makeRng(seed);
  const tally = { whole: 0, left: 0, refused: 0 };
  const problems: string[] = [];
  const rss: number[] = [];
  try {
    for (let part = 0; part < 5; part++) {
      let left = Math.round(requests / 5);
      const client = async (own: Rng): Promise<void> => {
        while (left-- > 0) {
          try {
            tally[await ask(server.url, own)]++;
          } catch (error) {
            const { message, cause } = error as Error;
            problems.push(cause === undefined ? message : `${message}: ${String(cause)}`);
          }
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(rng.fork(`${part}/${index}`))));
      await idle(server.url);
      rss.push(Math.round(residentMb(server.child.pid!)));
    }
    const gauges = await idle(server.url);
    return { tally, problems, rss_mb: rss, gauges, seconds: (performance.now() - begun) / 1000 };
  } finally {
    server.child.kill("SIGINT");
    await once(server.child, "exit");
    rmSync(folder, { recursive: true });
  }
}

/** What grew from the second fifth to the last, in a word; undefined when nothing did beyond what an allocator moves. */
export function growth({ rss_mb: rss }: Pick<EndpointSoak, "rss_mb">): string | undefined {
  const [from, to] = [rss[1]!, rss.at(-1)!];
  return to > from * 1.1 + 16 ? `resident memory: from ${from} to ${to} MB` : undefined;
}

async function startServer(folder: string): Promise<{ url: string; child: ChildProcess }> {
  const checkpoint = join(folder, "tiny");
  mkdirSync(checkpoint);
  await writeTinyDecoder(checkpoint);
  writeFileSync(
    join(checkpoint, "chat_template.jinja"),
    "{% for m in messages %}{{ m.role }}: {{ m.content }} {% endfor %}",
  );
  await writeTinyAdapter(join(folder, "other"), 1);
  const typed = ["serve", "--model", checkpoint, "--adapter", `other=${join(folder, "other")}`];
  const limits = ["--max-running", "16", "--max-waiting", "10"];
  const child = spawn(
    join(projectRoot(), "bin", "ironbark"),
    [...typed, ...limits, "--port", "0", "--json"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { url: (JSON.parse(String(line)) as { url: string }).url, child };
}

/** One request of a random kind, followed to its end or not. Throws what should not be. */
async function ask(url: string, rng: Rng): Promise<keyof EndpointSoak["tally"]> {
  const chat = rng.chance(0.5);
  const prompt = rng.pick(PROMPTS);
  const leaves = rng.chance(0.4);
  const stream = rng.chance(0.6);
  const abort = new AbortController();
  const body = {
    model: rng.chance(0.3) ? "other" : "tiny",
    ...(chat ? { messages: [{ role: "user", content: prompt }] } : { prompt }),
    max_tokens: 1 + rng.int(60),
    n: rng.chance(0.2) ? 2 : 1,
    stream,
    seed: rng.int(1000),
    ...(rng.chance(0.2) ? { logprobs: chat ? true : 2 } : {}),
    ...(rng.chance(0.2) ? { stop: ["a", "\ufffd\ufffd"] } : {}),
    ...(rng.chance(0.1) ? { response_format: { type: "json_object" } } : {}),
  };
  const timer = leaves ? setTimeout(() => abort.abort(), rng.int(60)) : undefined;
  try {
    const response = await fetch(`${url}/v1/${chat ? "chat/" : ""}completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: abort.signal,
    });
    const text = await response.text();
    if (response.status === 429) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return "refused";
    }
    if (response.status !== 200) throw new Error(`${response.status}: ${text.slice(0, 200)}`);
    if (stream && !text.endsWith("data: [DONE]\n\n")) throw new Error("a stream without its end");
    if (stream && text.includes('"error"')) throw new Error(`an error in a stream: ${text.slice(-300)}`);
    if (!stream) JSON.parse(text);
    return "whole";
  } catch (error) {
    if (abort.signal.aborted) return "left";
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until nothing is asked for, and says what the server counts then. */
async function idle(url: string): Promise<Record<string, number>> {
  for (let tries = 0; ; tries++) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const gauges = Object.fromEntries(
      ["answers_running", "requests_waiting", "answers_asked"].map((name) => {
        return [name, Number(new RegExp(`^ironbark_endpoint_${name} (\\S+)$`, "m").exec(text)?.[1])];
      }),
    );
    if (Object.values(gauges).every((value) => value === 0) || tries > 500) return gauges;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) / 1024;
}
