/** Fills a scenario's placeholders for one episode, so that commands meet a complete application. */
import type { Scenario } from "../../core/scenario.ts";
import { sha256 } from "../../util/hash.ts";
import type { AppSource } from "../../sandbox/types.ts";

/**
 * Values follow from `key`, so that a seed repeats them. They are the episode's own: every verification draws others,
 * and knowing these helps nobody there.
 */
export function fillForEpisode(
  scenario: Scenario,
  key: string,
): Required<Omit<AppSource, "session" | "beside">> {
  const fill = (text: string): string =>
    text.replaceAll(/\{\{(nonce|canary:[^{}]+)\}\}/g, (_, name: string) =>
      sha256(`${key}/${name}`).slice(0, 24),
    );
  const fillAll = (record: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(record).map(([path, text]) => [path, fill(text)]));
  return {
    entry: scenario.entry,
    stack: scenario.stack,
    files: scenario.files,
    assets: fillAll(scenario.assets),
    databases: fillAll(scenario.databases),
    outside: fillAll(scenario.outside),
  };
}
