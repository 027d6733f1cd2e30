/** What the commands that ask models share: how an answer is drawn. */
import type { SamplingOptions } from "../core/sampling.ts";
import { numberOf, share, wholeNumber } from "./flags.ts";

interface Defaults {
  readonly temperature: string;
  readonly maxTokens: string;
  /** Default `1`. */
  readonly topP?: string;
  /** What `--max-tokens` bounds; default: an answer. */
  readonly of?: string;
}

export const samplingArgs = ({ temperature, maxTokens, topP = "1", of = "Of an answer" }: Defaults) =>
  ({
    temperature: { type: "string", default: temperature, description: "0: the most likely token" },
    "top-p": { type: "string", default: topP, description: "1: all tokens" },
    "max-tokens": { type: "string", default: maxTokens, description: of, valueHint: "N" },
  }) as const;

/** Throws InputError naming the flag. */
export const samplingOf = (
  args: Readonly<Record<"temperature" | "top-p" | "max-tokens", string>>,
): SamplingOptions => ({
  temperature: numberOf("temperature", args.temperature, 0),
  topP: share("top-p", args["top-p"]),
  maxTokens: wholeNumber("max-tokens", args["max-tokens"], 1),
});
