/** AdamW and clipping against PyTorch itself, in the project's Python environment. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { AdamW, clipGradNorm, tensor, tidy, zeros } from "./index.ts";

const START = [0.5, -1.25, 2];
const gradient = (k: number): number[] => [0.1 * (k + 1), -0.3, k - 2];

const python = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const hasTorch = existsSync(python);
test.skipIf(!hasTorch)("five steps equal torch.optim.AdamW (needs the project's Python environment)", () => {
  const script = `
import json, sys, torch
start, grads = json.loads(sys.argv[1])
w = torch.tensor(start, requires_grad=True)
o = torch.optim.AdamW([w], lr=1e-2, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
for g in grads:
    w.grad = torch.tensor(g)
    o.step()
w.grad = torch.tensor([3.0, 4.0, 12.0])
print(json.dumps([w.tolist(), float(torch.nn.utils.clip_grad_norm_([w], 2.0)), w.grad.tolist()]))`;
  const input = JSON.stringify([START, [0, 1, 2, 3, 4].map(gradient)]);
  const [weights, norm, clipped] = JSON.parse(
    execFileSync(python, ["-c", script, input], { encoding: "utf8" }),
  ) as [number[], number, number[]];
  tidy(() => {
    const x = tensor(START).requiresGrad_();
    using optimizer = new AdamW([{ parameters: new Map([["x", x]]) }], {
      lr: 1e-2,
      beta2: 0.95,
      weightDecay: 0.1,
    });
    for (let k = 0; k < 5; k++) {
      x.grad = tensor(gradient(k));
      optimizer.step();
    }
    x.detach()
      .toNumbers()
      .forEach((value, i) => expect(value).toBeCloseTo(weights[i]!, 6));
    const w = zeros([3]).requiresGrad_();
    w.grad = tensor([3, 4, 12]);
    expect(clipGradNorm([w], 2)).toEqual({ norm, finite: true });
    expect(w.grad!.toNumbers()).toEqual(clipped);
  });
});
