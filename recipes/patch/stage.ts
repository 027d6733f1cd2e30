/** What the quickstart and its control begin with: the same start, the same sandboxes, an engine, a judge. */
import type { z } from "zod";
import type { EventSink } from "../../src/core/events.ts";
import { loadDialect, type Dialect } from "../../src/envs/patch/dialect/index.ts";
import type { LocalBackend } from "../../src/train/local/backend.ts";
import type { OptimizerConfig } from "../../src/train/local/optimizer.ts";
import { openArena, type Arena } from "./arena.ts";
import type { Judge } from "./assess.ts";
import { startPolicy, type ModelShape } from "./policy.ts";
import { startFolder, type EvalSchema } from "./settings.ts";

export interface StageSettings {
  readonly start: string;
  readonly model: ModelShape;
  readonly seed: number;
  readonly threads: number;
  readonly sandboxes: number;
  readonly eval: z.output<typeof EvalSchema>;
  readonly optimizer: OptimizerConfig;
  readonly precision: "fp32" | "bf16";
}

export interface Stage {
  /** Folder of the starting checkpoint. */
  readonly start: string;
  readonly dialect: Dialect;
  readonly arena: Arena;
  readonly backend: LocalBackend;
  readonly judge: Judge;
}

/** Runs `play` with the starting weights loaded, and closes everything whatever happens. */
export async function onStage<T>(
  settings: StageSettings,
  emit: EventSink,
  play: (stage: Stage) => Promise<T>,
): Promise<T> {
  const { seed, threads, optimizer, precision, model: shape } = settings;
  const start = startFolder(settings.start);
  const dialect = await loadDialect(start);
  const arena = openArena(settings.sandboxes);
  const backend = startPolicy({ dialect, shape, seed, optimizer, maxGradNorm: 1, precision, threads });
  try {
    await backend.load(start, { optimizer: false });
    const { sampler } = backend;
    const judge: Judge = { arena, sampler, dialect, checkpoint: start, settings: settings.eval, seed, emit };
    return await play({ start, dialect, arena, backend, judge });
  } finally {
    await arena.close();
    await backend.close().catch(() => 0);
  }
}
