/** Runs a recipe for a command: settings from flags, a new run folder or an interrupted one, the summary as text. */
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import type { Recipe } from "../runs/recipe.ts";
import { createRun, openRun, resumeRun, writeModelCard, type Run, type Summary } from "../runs/index.ts";
import type { CommandContext, CommandResult } from "./command.ts";
import { repeatedFlag } from "./flags.ts";
import { loadRecipe } from "./recipes.ts";
import { cell, table } from "./render.ts";
import { parseSettings, readSettings } from "./settings.ts";

/** As typed: see `RUN_ARGS`. */
export interface RunFlags {
  readonly seed?: string | undefined;
  readonly config?: string | undefined;
  readonly out?: string | undefined;
  readonly resume?: string | undefined;
  readonly set?: string | undefined;
  readonly "dry-run"?: boolean | undefined;
}

/** `verb` is how the command is typed: `run`, which names the recipe, or one that stands for a recipe. */
export async function runRecipe(
  name: string,
  verb: string,
  args: RunFlags,
  context: CommandContext,
): Promise<CommandResult> {
  const recipe = await loadRecipe(name);
  const commandName = verb === "run" ? `run ${recipe.name}` : verb;

  if (args.resume !== undefined) {
    if ((["set", "config", "seed", "out"] as const).some((flag) => args[flag] !== undefined))
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
  if (args.out === undefined) stepAside(dir, context);
  return execute(
    recipe,
    config,
    createRun({ dir, command: commandName, config, seed: config.seed }),
    context,
  );
}

async function execute(
  recipe: Recipe,
  config: { seed: number },
  run: Run,
  context: CommandContext,
): Promise<CommandResult> {
  const { emit, signal } = context;
  try {
    const { status = "done", metrics, model } = await recipe.run(config, { run, emit, signal });
    if (model !== undefined) await writeModelCard(model, run.info);
    const summary = run.finish({ status, metrics });
    return { data: summary, text: describe(run.dir, summary), exitCode: status === "done" ? 0 : 1 };
  } catch (error) {
    emit({ kind: "note", text: `stopped; go on with: ironbark ${run.info.command} --resume ${run.dir}` });
    throw error;
  } finally {
    run.close();
  }
}

/** The default folder is always the newest run: an older one is renamed after the time at which it started. */
function stepAside(dir: string, { emit }: CommandContext): void {
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
