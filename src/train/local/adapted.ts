/** What the LoRA settings of a recipe mean for an engine. */
import { loraConfig, type LoraConfig } from "../../model/lora/config.ts";
import type { EngineConfig } from "./engine.ts";

export interface LoraSettings extends Pick<LoraConfig, "rank" | "alpha" | "targets"> {
  /** The weights before which the adapter stands are kept in four bits. */
  readonly quantize: "nf4" | null;
}

/** For decoders; null trains the weights themselves. */
export function adapted(settings: LoraSettings | null): Pick<EngineConfig, "lora" | "quantize"> {
  if (settings === null) return {};
  const { quantize, ...lora } = settings;
  return {
    lora: loraConfig({ ...lora, taskType: "CAUSAL_LM" }),
    ...(quantize === null ? {} : { quantize }),
  };
}
