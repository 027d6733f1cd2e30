/** Where the environment takes its scenarios from. */
import { InputError } from "../../core/errors.ts";
import type { Scenario } from "../../core/scenario.ts";

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
