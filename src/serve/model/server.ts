/** The model endpoint over HTTP: opens a checkpoint of either kind, listens, and closes what it opened. */
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { basename, join, resolve } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { InputError } from "../../core/errors.ts";
import { openEncoderEngine, type EncoderEngine } from "../../model/encoder-engine.ts";
import { openGenerationEngine, type GenerationEngine } from "../../model/generation/engine.ts";
import { listen } from "../listen.ts";
import { createAdapterTable, type AdapterTable } from "./adapters.ts";
import { modelRoutes } from "./routes.ts";

export interface ModelServerOptions {
  /** A Hugging Face folder: a decoder, or an encoder with or without classes. */
  readonly checkpoint: string;
  /** Default: the folder's name. */
  readonly name?: string | undefined;
  readonly adapters?: readonly { readonly name: string; readonly folder: string }[];
  /** Adapters may be loaded over the network from folders in here, where keys are set. */
  readonly adapterRoot?: string | undefined;
  readonly maxAdapters?: number;
  readonly keys?: readonly string[];
  /** Answers that are computed at once, and answers that may wait beside them. */
  readonly maxRunning?: number;
  readonly maxWaiting?: number;
  /** Positions in the caches of all answers under way. */
  readonly cacheTokens?: number | undefined;
  /** New tokens of a chat request that does not say how many. */
  readonly defaultTokens?: number | undefined;
}

export interface ModelServer {
  readonly name: string;
  readonly kind: "decoder" | "encoder";
  /** Port 0 takes a free one. Throws InputError when the address cannot be had. */
  listen(port: number, host?: string): Promise<{ readonly port: number; readonly url: string }>;
  /** Drops all connections and frees the model. */
  close(): Promise<void>;
}

const MAX_RUNNING = 32;
const MAX_WAITING = 256;
const MAX_ADAPTERS = 16;
const ENCODERS = ["bert", "roberta", "ironbark-tfidf-linear"];

/** Throws InputError naming the file of the checkpoint or adapter and what was expected. */
export async function openModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const { checkpoint, keys = [], maxRunning = MAX_RUNNING, maxWaiting = MAX_WAITING } = options;
  const name = options.name ?? basename(resolve(checkpoint));
  const isEncoder = ENCODERS.includes(modelType(checkpoint));
  if (isEncoder && ((options.adapters?.length ?? 0) > 0 || options.adapterRoot !== undefined))
    throw new InputError(`${checkpoint}: an encoder is served without adapters`);
  let engine: GenerationEngine | undefined;
  let encoder: EncoderEngine | undefined;
  let adapters: AdapterTable | undefined;
  const closeModels = async (): Promise<void> => {
    await Promise.all([engine?.close(), encoder?.close()]);
  };
  try {
    if (isEncoder) encoder = await openEncoderEngine(checkpoint);
    else {
      engine = await openGenerationEngine({
        checkpoint,
        maxRows: maxRunning,
        maxPositions: options.cacheTokens,
        defaultTokens: options.defaultTokens,
      });
      adapters = createAdapterTable({
        engine,
        taken: [name],
        root: options.adapterRoot,
        max: options.maxAdapters ?? MAX_ADAPTERS,
      });
      for (const adapter of options.adapters ?? []) {
        if (adapter.name === name) throw new InputError(`adapter ${name}: the model itself has this name`);
        await adapters.add(adapter.name, adapter.folder);
      }
    }
  } catch (error) {
    await closeModels();
    throw error;
  }
  const app = modelRoutes({
    name,
    root: checkpoint,
    engine,
    encoder,
    adapters,
    keys,
    limit: maxRunning + maxWaiting,
  });
  const http = createAdaptorServer({ fetch: app.fetch }) as Server;
  return {
    name,
    kind: isEncoder ? "encoder" : "decoder",
    listen: (port, host = "127.0.0.1") => listen(http, port, host),
    async close() {
      const stopped = new Promise<void>((resolve_) => http.close(() => resolve_()));
      http.closeAllConnections();
      await stopped;
      await closeModels();
    },
  };
}

/** Empty when it cannot be read: the loader then says what is wrong. */
function modelType(folder: string): string {
  try {
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as { model_type?: unknown };
    return typeof config.model_type === "string" ? config.model_type : "";
  } catch {
    return "";
  }
}
