/** Training an adapter in the engine. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loraConfig } from "../../model/lora/config.ts";
import { liveTensors } from "../../torch/index.ts";
import { makeRng } from "../../util/rng.ts";
import type { Datum, LossSpec } from "../backend.ts";
import { LocalBackend } from "./backend.ts";
import { LocalEngine, type EngineConfig } from "./engine.ts";
import { TINY_ENGINE, TINY_POLICY_LOSS } from "./tiny.ts";

const folder = mkdtempSync(join(tmpdir(), "ironbark-policy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LORA: EngineConfig = {
  ...TINY_ENGINE,
  lora: loraConfig({ rank: 4, alpha: 8, targets: ["q_proj", "v_proj", "down_proj"] }),
};
const NLL: LossSpec = { kind: "cross-entropy" };

function batch(): Datum[] {
  const rng = makeRng(4);
  return Array.from({ length: 4 }, () => {
    const ids = Array.from({ length: 12 }, () => rng.int(50));
    return { ids, weights: ids.map((_, i) => (i === 0 ? 0 : 1)) };
  });
}

/** Losses of some steps. */
function train(engine: LocalEngine, steps: number): number[] {
  return Array.from({ length: steps }, () => {
    const { loss } = engine.forwardBackward(batch(), NLL);
    engine.optimStep(0.02);
    return loss;
  });
}

const lossOf = (engine: LocalEngine): number => {
  const { loss } = engine.forwardBackward(batch(), NLL);
  engine.clearGradients();
  return loss;
};

describe("an engine with an adapter", () => {
  it("begins where the base is, learns, and leaves the base alone", async () => {
    const [plain, adapted] = [new LocalEngine(TINY_ENGINE, undefined), new LocalEngine(LORA, undefined)];
    await plain.save(join(folder, "plain"), { optimizer: true });
    const losses = train(adapted, 8);
    expect(losses[0]).toBeCloseTo(lossOf(plain), 6);
    expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.3);
    await adapted.save(join(folder, "state"), { optimizer: true });
    const weights = (name: string): Buffer => readFileSync(join(folder, name, "model.safetensors"));
    expect(weights("state").equals(weights("plain"))).toBe(true);

    // Published, it is one model like any other, with the adapter beside it for PEFT.
    const last = lossOf(adapted);
    await adapted.save(join(folder, "published"), { optimizer: false });
    await plain.load(join(folder, "published"), { optimizer: false });
    expect(lossOf(plain)).toBeCloseTo(last, 5);
    const config = JSON.parse(
      readFileSync(join(folder, "published/adapter/adapter_config.json"), "utf8"),
    ) as object;
    expect(config).toMatchObject({ peft_type: "LORA", r: 4, lora_alpha: 8 });
    plain.close();
    expect(adapted.close()).toBe(0);
  });

  it("goes on from a checkpoint exactly, and from the weights of another training as its base", async () => {
    const whole = new LocalEngine(LORA, undefined);
    const losses = train(whole, 6);
    const first = new LocalEngine(LORA, undefined);
    const half = train(first, 3);
    await first.save(join(folder, "half"), { optimizer: true });
    const second = new LocalEngine(LORA, undefined);
    await second.load(join(folder, "half"), { optimizer: true });
    expect([...half, ...train(second, 3)]).toEqual(losses);

    const other = new LocalEngine(TINY_ENGINE, undefined);
    train(other, 3);
    await other.save(join(folder, "other"), { optimizer: false });
    const onOther = new LocalEngine(LORA, undefined);
    await onOther.load(join(folder, "other"), { optimizer: false });
    expect(lossOf(onOther)).toBeCloseTo(lossOf(other), 6);
    for (const engine of [whole, first, second, other]) engine.close();
    expect(onOther.close()).toBe(0);
  });

  it("has where it stood as its reference", () => {
    const engine = new LocalEngine(LORA, undefined);
    train(engine, 4);
    engine.freezeReference();
    const policy: LossSpec = { ...TINY_POLICY_LOSS, beta: 0.1, totalTokens: 44 };
    const data = batch().map((datum) => ({ ...datum, advantage: 0, logprobs: datum.weights.map(() => -3) }));
    const kl = (): number => engine.forwardBackward(data, policy).metrics["kl"]!;
    expect(kl()).toBeCloseTo(0, 6);
    engine.clearGradients();
    train(engine, 2);
    expect(kl()).toBeGreaterThan(1e-3);
    expect(engine.close()).toBe(0);
  });

  it("computes the same with two replicas, also after a load", async () => {
    const losses = await Promise.all(
      [1, 2].map(async (replicas) => {
        const backend = new LocalBackend({ engine: LORA, constraintModule: undefined }, replicas);
        await backend.load(join(folder, "half"), { optimizer: true });
        const out: number[] = [];
        for (let step = 0; step < 3; step++) {
          out.push((await backend.forwardBackward(batch(), NLL)).loss);
          await backend.optimStep(0.02);
        }
        expect(await backend.close()).toBe(0);
        return out;
      }),
    );
    losses[1]!.forEach((loss, i) => expect(loss).toBeCloseTo(losses[0]![i]!, 4));
  });

  it("drops the same after a resume, and in layers that are computed again", async () => {
    const lora = loraConfig({ rank: 4, alpha: 8, targets: "all-linear", dropout: 0.3 });
    const config = { ...TINY_ENGINE, lora };
    const whole = new LocalEngine(config, undefined);
    const losses = train(whole, 4);
    const first = new LocalEngine(config, undefined);
    const half = train(first, 2);
    await first.save(join(folder, "dropped"), { optimizer: true });
    const second = new LocalEngine({ ...config, gradientCheckpointing: true }, undefined);
    await second.load(join(folder, "dropped"), { optimizer: true });
    const rest = train(second, 2);
    [...half, ...rest].forEach((loss, i) => expect(loss).toBeCloseTo(losses[i]!, 5));
    const plain = new LocalEngine({ ...config, lora: { ...lora, dropout: 0 } }, undefined);
    expect(train(plain, 4)[3]).not.toBeCloseTo(losses[3]!, 4);
    for (const engine of [whole, first, second, plain]) engine.close();
  });
});

describe("an engine with a base in four bits", () => {
  const FOUR: EngineConfig = { ...LORA, quantize: "nf4" };

  it("trains as an adapter does before the weights that the codes stand for", async () => {
    const four = new LocalEngine(FOUR, undefined);
    // The adapter changes nothing yet: this is the base, expanded.
    await four.save(join(folder, "expanded"), { optimizer: false });
    const full = new LocalEngine(LORA, undefined);
    const rounded = lossOf(full);
    await full.load(join(folder, "expanded"), { optimizer: false });
    const [ours, theirs] = [train(four, 6), train(full, 6)];
    ours.forEach((loss, i) => expect(loss).toBeCloseTo(theirs[i]!, 5));
    expect(Math.abs(ours[0]! - rounded)).toBeGreaterThan(1e-4);
    expect(ours.at(-1)).toBeLessThan(ours[0]! - 0.2);

    const last = lossOf(four);
    await four.save(join(folder, "merged"), { optimizer: false });
    const plain = new LocalEngine(TINY_ENGINE, undefined);
    await plain.load(join(folder, "merged"), { optimizer: false });
    expect(lossOf(plain)).toBeCloseTo(last, 5);
    for (const engine of [four, full]) engine.close();
    expect(plain.close()).toBe(0);
  });

  it("goes on from a checkpoint exactly, also in replicas, and reads any weights as its base", async () => {
    const whole = new LocalEngine(FOUR, undefined);
    await whole.load(join(folder, "half"), { optimizer: false });
    const losses = train(whole, 5);
    const first = new LocalEngine(FOUR, undefined);
    await first.load(join(folder, "half"), { optimizer: false });
    train(first, 3);
    await first.save(join(folder, "codes"), { optimizer: true });
    const second = new LocalEngine(FOUR, undefined);
    await second.load(join(folder, "codes"), { optimizer: true });
    expect(train(second, 2)).toEqual(losses.slice(3));
    for (const engine of [whole, first]) engine.close();
    expect(second.close()).toBe(0);

    const backend = new LocalBackend({ engine: FOUR, constraintModule: undefined }, 2);
    await backend.load(join(folder, "codes"), { optimizer: true });
    expect((await backend.forwardBackward(batch(), NLL)).loss).toBeCloseTo(losses[3]!, 5);
    expect(await backend.close()).toBe(0);
  });

  it("is refused without an adapter", () => {
    expect(() => new LocalEngine({ ...TINY_ENGINE, quantize: "nf4" }, undefined)).toThrow(
      "weights in four bits are not trained; expected lora beside it",
    );
  });
});

it("takes the base alone for its reference while the adapter changes nothing", () => {
  const engine = new LocalEngine(LORA, undefined);
  const live = liveTensors();
  engine.freezeReference();
  expect(liveTensors()).toBe(live);
  train(engine, 3);
  const policy: LossSpec = { ...TINY_POLICY_LOSS, beta: 0.1, totalTokens: 44 };
  const data = batch().map((datum) => ({ ...datum, advantage: 0, logprobs: datum.weights.map(() => -3) }));
  const kl = engine.forwardBackward(data, policy).metrics["kl"]!;
  engine.clearGradients();
  // A second model with the weights of the start says the same.
  const start = new LocalEngine(LORA, undefined);
  start.freezeReference();
  expect(kl).toBeGreaterThan(1e-3);
  const own = start.forwardBackward(data, policy).metrics["kl"]!;
  expect(own).toBeCloseTo(0, 6);
  start.close();
  expect(engine.close()).toBe(0);
});
