/** Secrets drawn afresh for every verification, put in the place of a scenario's placeholders. */
import { randomInt } from "node:crypto";
import type { Scenario } from "../core/index.ts";

const PLACEHOLDER = /\{\{(?:nonce|canary:[^{}]+)\}\}/g;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

export interface Drawn {
  /** The scenario with every placeholder outside `files` replaced. */
  readonly scenario: Scenario;
  /** Puts the placeholders back, so that answers of two verifications can be compared. */
  mask(text: string): string;
}

/** Draws values for all placeholders of a scenario; the same placeholder gets the same value everywhere. */
export function draw(scenario: Scenario): Drawn {
  const values = new Map<string, string>();
  const valueOf = (placeholder: string): string => {
    let value = values.get(placeholder);
    if (value === undefined) {
      value = token(placeholder === "{{nonce}}" ? 12 : 20);
      values.set(placeholder, value);
    }
    return value;
  };
  // Values are plain letters and digits, so that replacing inside JSON text cannot break it.
  const fill = <T>(part: T): T => JSON.parse(JSON.stringify(part).replaceAll(PLACEHOLDER, valueOf)) as T;
  const { assets, databases, outside, script, visible, hidden, benign, weaknesses } = scenario;
  const filled = fill({ assets, databases, outside, visible, hidden, benign, weaknesses });
  const scripted = script === undefined ? {} : { script: fill(script) };
  return {
    scenario: { ...scenario, ...filled, ...scripted },
    mask: (text) => [...values].reduce((out, [name, value]) => out.replaceAll(value, name), text),
  };
}

function token(length: number): string {
  // A letter first: usable as a name in SQL and in scripts.
  let out = ALPHABET[randomInt(26)]!;
  while (out.length < length) out += ALPHABET[randomInt(ALPHABET.length)]!;
  return out;
}
