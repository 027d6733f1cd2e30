/** `ironbark run`: runs a recipe into a run folder, or takes an interrupted one up again. */
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { Recipe } from "../../runs/recipe.ts";
import type { openRun as OpenRun, Run, Summary } from "../../runs/index.ts";
import { command, type CommandContext, type CommandResult } from "../command.ts";
import { repeatedFlag } from "../flags.ts";
import { cell, table } from "../render.ts";

export default command({
  name: "run",
  description: "Run a recipe: a whole experiment with its configuration, recorded in one folder",
  examples: [
    "run quickstart",
    "run quickstart --set grpo.steps=5 --seed 1 --out runs/short",
    "run quickstart --resume runs/quickstart",
    "run quickstart --dry-run",
  ],
  args: {
    name: {
      type: "positional",
      required: true,
      description: "Name of a recipe, or the path of a file that exports one",
    },
    set: {
      type: "string",
      description: "Change one setting; may be given several times",
      valueHint: "KEY=VALUE",
    },
    config: { type: "string", description: "Settings as JSON; --set goes over it", valueHint: "FILE" },
    seed: { type: "string", description: "The same as --set seed=N", valueHint: "N" },
    out: { type: "string", description: "Folder of the run (default: runs/NAME)", valueHint: "DIR" },
    resume: { type: "string", description: "Go on with this interrupted run", valueHint: "DIR" },
    "dry-run": { type: "boolean", description: "Print the whole configuration and do nothing" },
  },
  run: async (args, context) => {
    const { loadRecipe } = await import("../recipes.ts");
    const { parseSettings, readSettings } = await import("../settings.ts");
    const { createRun, openRun, resumeRun } = await import("../../runs/index.ts");
    const recipe = await loadRecipe(args.name);
    const commandName = `run ${recipe.name}`;

    if (args.resume !== undefined) {
      if (["set", "config", "seed", "out"].some((flag) => args[flag] !== undefined))
        throw new InputError(
          "--resume takes the configuration from the run: leave out --set, --config, --seed, --out",
        );
      const { info } = openRun(args.resume);
      if (info.command !== commandName)
        throw new InputError(`${args.resume} was written by "${info.command}", not by "${commandName}"`);
      const config = parseSettings(recipe.schema, info.config, join(args.resume, "run.json"));
      return execute(recipe, config, resumeRun(args.resume), context);
    }

    const sets = repeatedFlag(context.rawArgs, "set");
    if (args.seed !== undefined) sets.push(`seed=${args.seed}`);
    const config = parseSettings(recipe.schema, readSettings(args.config, sets), recipe.name);
    if (args["dry-run"]) return { data: config, text: JSON.stringify(config, null, 2) };

    const dir = args.out ?? join("runs", recipe.name);
    if (args.out === undefined) stepAside(dir, openRun, context);
    return execute(
      recipe,
      config,
      createRun({ dir, command: commandName, config, seed: config.seed }),
      context,
    );
  },
});

async function execute(
  recipe: Recipe,
  config: { seed: number },
  run: Run,
  context: CommandContext,
): Promise<CommandResult> {
  const { emit, signal } = context;
  try {
    const { status = "done", metrics } = await recipe.run(config, { run, emit, signal });
    const summary = run.finish({ status, metrics });
    return { data: summary, text: describe(run.dir, summary), exitCode: status === "done" ? 0 : 1 };
  } catch (error) {
    emit({ kind: "note", text: `stopped; go on with: ironbark run ${recipe.name} --resume ${run.dir}` });
    throw error;
  } finally {
    run.close();
  }
}

/** The default folder is always the newest run: an older one is renamed after the time at which it started. */
function stepAside(dir: string, openRun: typeof OpenRun, { emit }: CommandContext): void {
  if (!existsSync(join(dir, "run.json"))) return;
  const old = openRun(dir);
  if (old.status === "running")
    throw new InputError(`${dir} is being written by another process`, { hint: "choose another --out" });
  const stamp = old.info.started.replace(/\.\d+Z$/, "").replace(/\D/g, "");
  let target = `${dir}-${stamp}`;
  for (let copy = 2; existsSync(target); copy++) target = `${dir}-${stamp}-${copy}`;
  renameSync(dir, target);
  emit({ kind: "note", text: `the earlier run (${old.status}) is now ${target}` });
}

function describe(dir: string, summary: Summary): string {
  const rows = Object.entries(summary.metrics)
    .filter(([, value]) => value === null || typeof value !== "object")
    .map(([key, value]) => [key, cell(value)]);
  const head = `${summary.command}: ${summary.status} after ${Math.round(summary.seconds)} s`;
  return [head, ...(rows.length > 0 ? [table(rows)] : []), join(dir, "summary.json")].join("\n");
}
