/** The scenarios that an assessment asks for. */
import { InputError } from "../core/errors.ts";
import type { Scenario } from "../core/scenario.ts";
import { FAMILIES } from "../data/webapps/index.ts";
import { generatedSource } from "../envs/patch/index.ts";
import type { GreenConfig } from "../serve/green/index.ts";
import { handWritten, isShipped, namedScenarios } from "./scenarios.ts";

/** Throws InputError for an id that is not shipped: no path of a stranger's choice is opened. */
export async function greenScenarios({ scenarios, count, seed }: GreenConfig): Promise<readonly Scenario[]> {
  if (typeof scenarios !== "string") {
    const unknown = scenarios.find((id) => !/^[a-z0-9][a-z0-9._-]*$/.test(id) || !isShipped(id));
    if (unknown !== undefined)
      throw new InputError(`config.scenarios: no scenario ${JSON.stringify(unknown.slice(0, 80))}`);
    const found = await Promise.all(scenarios.map((id) => namedScenarios(id, 1)));
    return found.flat().slice(0, count);
  }
  if (scenarios === "hand-written") return (await handWritten()).slice(0, count);
  const families = FAMILIES.filter(({ split }) => split === scenarios).map(({ id }) => id);
  const source = generatedSource({ families, size: count, firstSeed: seed });
  return Array.from({ length: count }, (_, index) => source.get(index));
}
