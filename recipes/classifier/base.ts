/** The model that an encoder was fine-tuned from, for its card. */
import { basename, resolve } from "node:path";
import type { BaseModel } from "../../src/runs/index.ts";
import type { FineTuned } from "./fine-tune.ts";
import type { EncoderSettings } from "./settings.ts";

/** Nothing when its weights began random. */
export function baseOf({ start }: FineTuned, settings: EncoderSettings): { readonly base?: BaseModel } {
  if (settings.scratch !== null) return {};
  const name = settings.start === "" ? "sentence-transformers/all-MiniLM-L6-v2" : basename(resolve(start));
  return { base: { name, folder: start } };
}
