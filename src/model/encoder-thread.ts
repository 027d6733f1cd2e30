/** Entry of an encoder's thread: classes and embeddings of texts. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { workerData } from "node:worker_threads";
import type { Classification, Classifier } from "../core/classification.ts";
import { InputError } from "../core/errors.ts";
import { serveThread } from "../util/thread.ts";
import { loadClassifier } from "./classifier.ts";
import { embedTexts, openEmbedder, type Embedder } from "./embedder.ts";

export interface OpenedEncoder {
  /** Empty when the model is no classifier. */
  readonly labels: readonly string[];
  readonly embeds: boolean;
}
export interface Embedded {
  readonly vectors: readonly Float32Array[];
  readonly tokens: number;
}

const folder = workerData as string;
let classifier: Classifier | undefined;
let embedder: Embedder | undefined;

serveThread({
  open: async (): Promise<OpenedEncoder | { readonly problem: string }> => {
    try {
      const { id2label, model_type: type } = readJson(join(folder, "config.json"));
      const embeds = type === "bert" || type === "roberta";
      if (embeds) embedder = await openEmbedder(folder);
      if (id2label !== undefined && (!embeds || embedder!.model.hasHead))
        classifier = await loadClassifier(folder);
      return { labels: classifier?.labels ?? [], embeds };
    } catch (error) {
      if (error instanceof InputError) return { problem: error.message };
      throw error;
    }
  },
  classify: (texts: readonly string[]): Promise<Classification[]> => classifier!.classify(texts),
  embed: (texts: readonly string[]): Embedded => embedTexts(embedder!, texts),
});

function readJson(path: string): { id2label?: unknown; model_type?: unknown } {
  if (!existsSync(path)) throw new InputError(`${path}: expected the configuration of an encoder`);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as object;
  } catch (cause) {
    throw new InputError(`${path}: not JSON`, { cause });
  }
}
