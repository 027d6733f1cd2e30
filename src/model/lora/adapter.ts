/** One LoRA adapter: low-rank pairs for linear layers, and whole copies of modules that are trained with them. */
import { Generator, keep, noGrad, rand, tidy, zeros, type Tensor } from "../../torch/index.ts";
import type { Weights } from "../weights.ts";
import type { LoraConfig } from "./config.ts";
import { planAdapter } from "./targets.ts";

/** The layer's weight becomes W + scale B A. */
export interface LoraPair {
  /** [rank, in] */
  readonly a: Tensor;
  /** [out, rank] */
  readonly b: Tensor;
  readonly scale: number;
}

export interface Adapter {
  readonly config: LoraConfig;
  /** By the path of the linear layer. */
  readonly pairs: ReadonlyMap<string, LoraPair>;
  /** By the name of the parameter. */
  readonly replaced: ReadonlyMap<string, Tensor>;
}

/** How PEFT names parameters in a file. */
export const PREFIX = "base_model.model.";

/** Everything that is trained, under PEFT's names. */
export function adapterParameters(adapter: Adapter): Map<string, Tensor> {
  const out = new Map<string, Tensor>();
  for (const [module, { a, b }] of adapter.pairs) {
    out.set(`${PREFIX}${module}.lora_A.weight`, a);
    out.set(`${PREFIX}${module}.lora_B.weight`, b);
  }
  for (const [name, value] of adapter.replaced) out.set(`${PREFIX}${name}`, value);
  return out;
}

/**
 * A fresh adapter that changes nothing yet: A uniform in +-1/sqrt(in), B zero (as PEFT), whole modules copied from
 * the base. Float32 on the base's device, in no scope. Throws InputError when the targets do not fit the model.
 */
export function initialAdapter(config: LoraConfig, base: Weights, seed: number): Adapter {
  const plan = tidy(() => planAdapter(config, base, "lora"));
  using generator = new Generator(seed);
  return noGrad(() =>
    tidy(() => {
      const pairs = new Map<string, LoraPair>();
      for (const { module, rank, scale, inputs, outputs } of plan.targets) {
        const { device } = base.get(`${module}.weight`);
        const bound = 1 / Math.sqrt(inputs);
        const a = rand([rank, inputs], { generator })
          .mul(2 * bound)
          .sub(bound);
        pairs.set(module, { a: keep(a.to({ device })), b: keep(zeros([outputs, rank], { device })), scale });
      }
      const replaced = new Map(plan.replaced.map((name) => [name, keep(base.get(name).detach().clone())]));
      return { config, pairs, replaced };
    }),
  );
}

/** The same adapter in memory of its own, in no scope, without gradients. */
export function copyAdapter({ config, pairs, replaced }: Adapter): Adapter {
  const copy = (x: Tensor): Tensor => keep(noGrad(() => x.clone()));
  return {
    config,
    pairs: new Map([...pairs].map(([name, { a, b, scale }]) => [name, { a: copy(a), b: copy(b), scale }])),
    replaced: new Map([...replaced].map(([name, value]) => [name, copy(value)])),
  };
}
