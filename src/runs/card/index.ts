/** Model cards and bills of materials, written beside the weights by every run that trains. */
import { join } from "node:path";
import { writeFileAtomic } from "../files.ts";
import type { RunInfo } from "../manifest.ts";
import { billOfMaterials } from "./bom.ts";
import { readEvidence } from "./evidence.ts";
import type { ModelFacts } from "./facts.ts";
import { modelCard } from "./readme.ts";

export type { BaseModel, DataFacts, Measured, ModelFacts } from "./facts.ts";
export { measuredOn } from "./measured.ts";

export const CARD_FILE = "README.md";
export const BOM_FILE = "bom.cdx.json";

/** Writes both into the folder of the checkpoint. */
export async function writeModelCard(facts: ModelFacts, info: RunInfo): Promise<void> {
  const evidence = await readEvidence(facts);
  const again = `ironbark ${info.command} --config run.json`;
  writeFileAtomic(join(facts.folder, CARD_FILE), modelCard(facts, evidence, info, again));
  const bom = billOfMaterials(facts, evidence, info, again);
  writeFileAtomic(join(facts.folder, BOM_FILE), `${JSON.stringify(bom, null, 2)}\n`);
}
