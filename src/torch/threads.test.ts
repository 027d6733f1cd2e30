/** Two worker threads and the main thread use the engine at once, each with tensors of its own. */
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { liveTensors, numThreads, ones, setNumThreads, tidy } from "./index.ts";

// Plain JavaScript on the addon itself: a worker here has no loader for TypeScript.
const BODY = `
const { parentPort, workerData } = require("node:worker_threads");
const engine = require(workerData.addon).open();
const other = require(workerData.addon).open();
const [fill, mm, sum] = [["aten::full", ""], ["aten::mm", ""], ["aten::sum", ""]].map(([n, o]) => engine.resolveOp(n, o));
let total = 0;
for (let i = 0; i < 200; i++) {
  const a = engine.call(fill, [16, 16], workerData.value);
  engine.setRequiresGrad(a, false);
  const b = engine.call(mm, a, a);
  const c = engine.call(sum, b);
  total += engine.item(c);
  for (const id of [a, b, c]) engine.release(id);
}
engine.call(fill, [1000], 1); // Left behind on purpose: the thread's end frees it.
parentPort.postMessage({ total, live: engine.liveTensors(), others: other.liveTensors() });
`;

function inWorker(value: number): Promise<unknown> {
  const addon = new URL("../../native/build/ironbark.node", import.meta.url).pathname;
  const worker = new Worker(BODY, { eval: true, workerData: { addon, value } });
  return new Promise((resolve, reject) => {
    let message: unknown;
    worker.on("message", (received) => (message = received));
    worker.on("error", reject);
    worker.on("exit", () => resolve(message));
  });
}

test("threads compute at the same time and count only their own tensors", async () => {
  const before = liveTensors();
  const workers = [inWorker(1), inWorker(2)];
  for (let i = 0; i < 50; i++)
    tidy(() =>
      expect(
        ones([8, 8])
          .matmul(ones([8, 8]))
          .sum()
          .item(),
      ).toBe(512),
    );
  // sum of (v J)(v J) over 16 x 16 is v^2 * 16^3, two hundred times.
  expect(await Promise.all(workers)).toEqual([
    { total: 200 * 4096, live: 1, others: 0 },
    { total: 200 * 4 * 4096, live: 1, others: 0 },
  ]);
  expect(liveTensors()).toBe(before);
});

test("the number of threads per operator can be set", () => {
  const before = numThreads();
  setNumThreads(1);
  expect(numThreads()).toBe(1);
  setNumThreads(before);
});
