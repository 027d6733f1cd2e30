/** Phase 3 of http-triage: the published model with its adapters, then heads on its hidden states. */
import { cp, mkdir } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HttpCategory } from "../../src/core/index.ts";
import { chooseHead, type HeadTrial, type StateSource } from "../../src/envs/http/heads.ts";
import { writeTriageFile, type TriageCategories } from "../../src/envs/http/model.ts";
import { saveHead } from "../../src/model/dual/folder.ts";
import { openDualEngine } from "../../src/model/dual/engine.ts";
import { writeFileAtomic } from "../../src/runs/files.ts";
import { dispose } from "../../src/torch/index.ts";
import { ADAPTER_FOLDER } from "../../src/train/local/policy-net.ts";
import { sha256 } from "../../src/util/hash.ts";
import { ofCategory } from "./data.ts";
import { playStage, type TriageWorkshop } from "./stages.ts";

const TRIALS = "heads.json";

/** Fits heads for every category on the adapters in `adapted`; returns the folder of the whole model. */
export function trainHeads(
  workshop: TriageWorkshop,
  base: string,
  adapted: Readonly<Partial<Record<HttpCategory, string>>>,
): Promise<string> {
  const { config, context, language, examples } = workshop;
  const { categories, head: settings, seed, threads } = config;
  return playStage(workshop, "checkpoint", 1, async (tools, publish) => {
    const adapters = Object.fromEntries(
      categories.map((category) => [category, join(adapted[category]!, ADAPTER_FOLDER)]),
    );
    const engine = await openDualEngine({ checkpoint: base, adapters, heads: {} }, threads);
    try {
      await publish(async (folder) => {
        await cp(base, folder, { recursive: true });
        const parts: TriageCategories = {};
        const trials: Partial<Record<HttpCategory, readonly HeadTrial[]>> = {};
        for (const category of categories) {
          const adapter = join("adapters", category);
          await mkdir(join(folder, "adapters"), { recursive: true });
          await cp(adapters[category]!, join(folder, adapter), { recursive: true });
          const source: StateSource = {
            engine,
            language,
            fingerprint: sha256(
              [join(base, "model.safetensors"), join(adapters[category]!, "adapter_model.safetensors")]
                .map((file) => sha256(readFileSync(file)))
                .join(),
            ),
            adapter: category,
            cache: join(context.run.dir, "states"),
          };
          const data = {
            train: ofCategory(examples.practice, category).slice(0, settings.pairs),
            validation: ofCategory(examples.validation, category),
          };
          const options = { ...settings, seed, signal: context.signal };
          const names: Record<string, string> = {};
          for (const engineered of [false, true]) {
            const name = join("heads", engineered ? `${category}-engineered` : category);
            // The words of the policy change the states, not which shape suits them.
            const best = trials[category]?.toSorted((a, b) => b.accuracy - a.accuracy)[0];
            const shapes = best === undefined ? settings.shapes : [best.shape];
            const { head, trials: own } = await chooseHead(source, data, { ...options, shapes, engineered });
            saveHead(join(folder, name), head);
            dispose(head.parameters);
            trials[category] ??= own;
            names[engineered ? "engineered_head" : "head"] = name;
          }
          parts[category] = { adapter, ...names };
        }
        writeTriageFile(folder, parts);
        writeFileAtomic(join(folder, TRIALS), `${JSON.stringify(trials, null, 2)}\n`);
      });
    } finally {
      await engine.close();
    }
    await tools.onStep(0, { heads: 2 * categories.length }, `${2 * categories.length} heads`);
  });
}

/** What was tried for the head of each category. */
export function readTrials(checkpoint: string): Partial<Record<HttpCategory, readonly HeadTrial[]>> {
  const file = join(checkpoint, TRIALS);
  if (!existsSync(file)) throw new Error(`${file}: heads were not trained`);
  return JSON.parse(readFileSync(file, "utf8")) as Partial<Record<HttpCategory, readonly HeadTrial[]>>;
}
