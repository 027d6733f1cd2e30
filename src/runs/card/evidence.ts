/** What is read from bytes rather than said: hashes, sizes, the architecture of a checkpoint. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ModelFacts } from "./facts.ts";

export interface HashedFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface Evidence {
  /** `model_type` of config.json. */
  readonly family: string;
  /** First of `architectures` of config.json, else the family. */
  readonly architecture: string;
  readonly weights: HashedFile;
  /** Of the base model's weights; undefined when it has no folder. */
  readonly base: HashedFile | undefined;
  /** By name of the data. */
  readonly data: ReadonlyMap<string, readonly HashedFile[]>;
}

export const WEIGHTS = "model.safetensors";

export async function hashFile(path: string): Promise<HashedFile> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return { name: basename(path), sha256: hash.digest("hex"), bytes: statSync(path).size };
}

export async function readEvidence({ folder, base, data }: ModelFacts): Promise<Evidence> {
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as {
    model_type?: string;
    architectures?: readonly string[];
  };
  const family = config.model_type ?? "unknown";
  const baseWeights = base?.folder === undefined ? undefined : join(base.folder, WEIGHTS);
  const hashed = await Promise.all(
    data.map(async (one) => [one.name, await Promise.all((one.files ?? []).map(hashFile))] as const),
  );
  return {
    family,
    architecture: config.architectures?.[0] ?? family,
    weights: await hashFile(join(folder, WEIGHTS)),
    base: baseWeights !== undefined && existsSync(baseWeights) ? await hashFile(baseWeights) : undefined,
    data: new Map(hashed),
  };
}
