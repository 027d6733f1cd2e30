/** `ironbark env baselines`: what agents without a model reach, and how difficult the scenarios are by that. */
import { InputError } from "../../core/errors.ts";
import type { MeasuredBody } from "../../data/difficulty.ts";
import { command } from "../command.ts";
import { wholeNumber } from "../flags.ts";
import { cell, table } from "../render.ts";

/** Scenarios at once: one waits for its sandbox while the other plays. */
const AT_ONCE = 2;

export default command({
  name: "env baselines",
  description:
    "Let agents without a model play the patch environment: random, search, a checklist of rewrites, the answers",
  examples: ["env baselines library", "env baselines --all --save", "env baselines ./my-scenario --json"],
  args: {
    scenario: {
      type: "positional",
      required: false,
      description: "A scenario, a family, or the folder of a scenario",
    },
    all: { type: "boolean", description: "Every hand-written scenario and every family" },
    episodes: {
      type: "string",
      default: "5",
      description: "Of the random agent, per scenario; the others always do the same",
      valueHint: "N",
    },
    "seeds-per-family": {
      type: "string",
      default: "2",
      description: "Scenarios made from each family",
      valueHint: "N",
    },
    save: { type: "boolean", description: "Keep the labels in scenarios/difficulty.json, for env list" },
    unsafe: { type: "boolean", description: "Run the applications without isolation; the report says so" },
  },
  run: async (args, { emit, signal }) => {
    const episodes = wholeNumber("episodes", args.episodes, 1);
    const seeds = wholeNumber("seeds-per-family", args["seeds-per-family"], 1);
    if ((args.scenario === undefined) === (args.all !== true))
      throw new InputError("name a scenario, or give --all", { hint: "see: ironbark env list" });

    const { BASELINES, episodesOf, measureDifficulty } = await import("../../envs/patch/baselines/index.ts");
    const { writeDifficulty } = await import("../../data/difficulty.ts");
    const { openVerifier } = await import("../../verify/index.ts");
    const { mapLimit } = await import("../../util/concurrency.ts");
    const { isShipped, scenarioGroups } = await import("../scenarios.ts");
    if (args.save === true && args.scenario !== undefined && !isShipped(args.scenario))
      throw new InputError("--save keeps labels of shipped scenarios and families only", {
        hint: "see: ironbark env list",
      });
    const groups = await scenarioGroups(args.scenario, seeds);

    const verifier = openVerifier({ unsafe: args.unsafe === true });
    const started = performance.now();
    try {
      const scenarios = groups.reduce((sum, group) => sum + group.scenarios.length, 0);
      const total = episodesOf(scenarios, { episodes });
      let done = 0;
      emit({ kind: "stage-start", stage: "baselines", total });
      const measured = await mapLimit(groups, AT_ONCE, async (group) => {
        const onEpisode = (): void => {
          signal.throwIfAborted();
          emit({ kind: "stage-step", stage: "baselines", done: ++done, total, note: group.id });
        };
        return [
          group.id,
          await measureDifficulty(verifier, group.scenarios, { episodes, onEpisode }),
        ] as const;
      });
      const seconds = (performance.now() - started) / 1000;
      emit({ kind: "stage-end", stage: "baselines", seconds });
      const body: MeasuredBody = Object.fromEntries(measured);
      if (args.save === true) await writeDifficulty(body);
      const agents = BASELINES.map(({ id, about }) => ({ id, about, ...meansOf(body, id) }));
      const lost = measured.reduce(
        (sum, [, { scores }]) => sum + BASELINES.reduce((n, { id }) => n + scores[id].no_signal, 0),
        0,
      );
      const data = {
        unsafe: verifier.unsafe,
        episodes: total,
        no_signal: lost,
        seconds,
        agents,
        scenarios: body,
      };
      return { data, text: describe(data), ...(lost > 0 ? { exitCode: 4 as const } : {}) };
    } finally {
      await verifier.close();
    }
  },
});

type Agent = keyof MeasuredBody[string]["scores"];
interface Means {
  /** Over scenarios and families, each counting once. */
  readonly reward: number | null;
  readonly identified: number;
  readonly blocked: number;
}

function meansOf(body: MeasuredBody, agent: Agent): Means {
  const scores = Object.values(body)
    .map(({ scores: all }) => all[agent])
    .filter(({ reward }) => reward !== null);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return {
    reward: scores.length === 0 ? null : mean(scores.map(({ reward }) => reward!)),
    identified: mean(scores.map(({ identified }) => identified)),
    blocked: mean(scores.map(({ blocked }) => blocked)),
  };
}

function describe(data: {
  unsafe: boolean;
  episodes: number;
  no_signal: number;
  seconds: number;
  agents: readonly (Means & { id: Agent; about: string })[];
  scenarios: MeasuredBody;
}): string {
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
  const rows = Object.entries(data.scenarios).map(([id, { difficulty, scores }]) => [
    id,
    difficulty ?? "unknown",
    ...data.agents.map((agent) => cell(scores[agent.id].reward ?? "-")),
  ]);
  return [
    table([["scenario or family", "difficulty", ...data.agents.map(({ id }) => id)], ...rows]),
    table([
      ["agent", "reward", "named", "blocked", ""],
      ...data.agents.map(({ id, reward, identified, blocked, about }) => [
        id,
        cell(reward ?? "-"),
        percent(identified),
        percent(blocked),
        about,
      ]),
    ]),
    [
      ...(data.unsafe ? ["WITHOUT ISOLATION: the applications ran as plain processes"] : []),
      `${data.episodes} episodes in ${data.seconds.toFixed(1)} s, ${data.no_signal} without a signal`,
    ].join("\n"),
  ].join("\n\n");
}
