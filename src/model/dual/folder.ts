/** Classification heads on disk: `head.json` and `head.safetensors` in a folder each. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../core/errors.ts";
import { writeFileAtomic } from "../../runs/files.ts";
import { dispose, loadSafetensors, saveSafetensors, type Tensor } from "../../torch/index.ts";
import { readJsonFile } from "../json-file.ts";
import { HeadConfigSchema, headShapes } from "./head.ts";

const [CONFIG, WEIGHTS] = ["head.json", "head.safetensors"];

export const HeadFileSchema = z.strictObject({
  config: HeadConfigSchema,
  /** A probability from here on is a finding. */
  threshold: z.number().min(0).max(1),
});
export type HeadFile = z.output<typeof HeadFileSchema>;

export interface Head extends HeadFile {
  readonly parameters: ReadonlyMap<string, Tensor>;
}

export function saveHead(folder: string, { config, threshold, parameters }: Head): void {
  mkdirSync(folder, { recursive: true });
  saveSafetensors(join(folder, WEIGHTS), parameters);
  writeFileAtomic(join(folder, CONFIG), `${JSON.stringify({ config, threshold }, null, 2)}\n`);
}

/** The caller disposes its parameters. Throws InputError naming the file and what was expected. */
export function loadHead(folder: string): Head {
  const file = readJsonFile(join(folder, CONFIG), HeadFileSchema, "a folder of a classification head");
  const path = join(folder, WEIGHTS);
  const parameters = loadSafetensors(path);
  const shapes = headShapes(file.config);
  for (const [name, shape] of shapes) {
    const found = parameters.get(name)?.shape.join(", ");
    if (found === shape.join(", ")) continue;
    dispose(parameters);
    throw new InputError(`${path}: ${name}: expected shape [${shape.join(", ")}], found [${found ?? ""}]`);
  }
  return { ...file, parameters };
}
