/** Where the environment takes its scenarios from. */
import { InputError } from "../../core/errors.ts";
import type { Scenario } from "../../core/scenario.ts";
import { generateFrom } from "../../data/families.ts";
import type { GenerateOptions } from "../../data/webapps/index.ts";

export interface ScenarioSource {
  readonly size: number;
  /** 0 <= index < size. Pure: the same index gives the same scenario; no I/O. */
  get(index: number): Scenario;
  byId(id: string): Scenario | undefined;
}

/** A fixed list. Throws InputError for an empty one and for ids that occur twice. */
export function scenarioList(scenarios: readonly Scenario[]): ScenarioSource {
  if (scenarios.length === 0) throw new InputError("no scenarios: at least one was expected");
  const byId = new Map(scenarios.map((scenario) => [scenario.id, scenario]));
  if (byId.size !== scenarios.length) throw new InputError("two scenarios have the same id");
  return { size: scenarios.length, get: (index) => scenarios[index]!, byId: (id) => byId.get(id) };
}

export interface GeneratedSourceOptions extends GenerateOptions {
  /** Ids of families; scenarios go through them in turn. */
  readonly families: readonly string[];
  readonly size: number;
  /** Of the first scenarios; the next round takes the next seed. Default 0. */
  readonly firstSeed?: number;
}

/** Made on demand and not kept, so that a source of millions costs nothing. Throws InputError for an empty one. */
export function generatedSource(options: GeneratedSourceOptions): ScenarioSource {
  const { families, size, firstSeed = 0, ...how } = options;
  if (families.length === 0 || size < 1)
    throw new InputError("no scenarios: at least one family was expected");
  const get = (index: number): Scenario =>
    generateFrom(families[index % families.length]!, firstSeed + Math.floor(index / families.length), how);
  return {
    size,
    get,
    byId: (id) => {
      const [family, seed] = [id.slice(0, id.indexOf(".")), Number(id.slice(id.lastIndexOf(".") + 1))];
      const index = (seed - firstSeed) * families.length + families.indexOf(family);
      if (!families.includes(family) || !Number.isInteger(index) || index < 0 || index >= size)
        return undefined;
      const scenario = get(index);
      return scenario.id === id ? scenario : undefined;
    },
  };
}
