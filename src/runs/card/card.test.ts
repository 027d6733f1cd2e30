/** Cards and bills of materials: what they say is what the run knows, their hashes are of the bytes that lie there. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Ajv } from "ajv";
import * as formats from "ajv-formats";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { describeRun } from "../manifest.ts";
import { BOM_FILE, CARD_FILE, measuredOn, writeModelCard, type ModelFacts } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "card-"));
afterAll(() => rmSync(folder, { recursive: true }));
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const info = describeRun({ command: "run toy", config: { seed: 3 }, seed: 3 });

function made(name: string, change: Partial<ModelFacts> = {}): ModelFacts {
  const [model, base, rows] = ["checkpoint", "base", "train.jsonl"].map((part) => join(folder, name, part));
  for (const path of [model!, base!]) {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "config.json"), '{"model_type": "bert", "architectures": ["BertModel"]}');
    writeFileSync(join(path, "model.safetensors"), path);
  }
  writeFileSync(rows!, "{}\n");
  return {
    folder: model!,
    name: 'toy: "quoted" | piped',
    task: "text-classification",
    summary: "A toy.",
    base: { name: "base/of-toy", version: "2", folder: base! },
    data: [
      { name: "rows", description: "one row", made: "from files", rows: 1, files: [rows!] },
      { name: "drawn", description: "drawn rows", made: "from a seed" },
    ],
    measured: measuredOn("test", { top1: 0.5, top1_ci95: [0.4, 0.6], ece: 0.04, n: 10 }, ["top1", "ece"]),
    uses: ["trying"],
    notFor: ["relying"],
    limits: ["small"],
    ...change,
  };
}

async function written(facts: ModelFacts) {
  await writeModelCard(facts, info);
  const card = readFileSync(join(facts.folder, CARD_FILE), "utf8");
  const [, yaml = "", text = ""] = /^---\n([^]*?)---\n([^]*)$/.exec(card) ?? [];
  const bom = JSON.parse(readFileSync(join(facts.folder, BOM_FILE), "utf8"));
  return { front: parse(yaml), text, bom };
}

describe("a model card", () => {
  it("says what the run knows, with hashes of the bytes", async () => {
    const facts = made("full");
    const { front, text } = await written(facts);
    expect(front).toMatchObject({
      pipeline_tag: "text-classification",
      base_model: "base/of-toy",
      datasets: ["rows", "drawn"],
    });
    expect(front["model-index"][0]).toMatchObject({
      name: facts.name,
      results: [{ metrics: [{ type: "top1", value: 0.5 }, { type: "ece" }] }],
    });
    expect(text).toContain(`sha256 ${sha256(facts.folder)}`);
    expect(text).toContain(`weights sha256 ${sha256(facts.base!.folder!)}`);
    expect(text).toContain(`\`train.jsonl\` sha256 ${sha256("{}\n")}`);
    expect(text).toContain("| test | top1 | 0.5 | 0.4 to 0.6 | 10 |");
    expect(text).toContain("| test | ece | 0.04 |  | 10 |");
    expect(text).toContain("made from seed 3");
  });

  it("says when the weights began random and nothing was measured", async () => {
    const { base: _, ...facts } = made("random", { measured: [] });
    const { front, text } = await written(facts);
    expect(front).not.toHaveProperty("base_model");
    expect(text).toContain("Its weights began random.");
    expect(text).toContain("Nothing was measured");
  });
});

describe("a bill of materials", () => {
  /** CycloneDX's own schema, as its library ships it. */
  function validator() {
    const require = createRequire(import.meta.url);
    const schemas = join(dirname(require.resolve("@cyclonedx/cyclonedx-library/package.json")), "res/schema");
    const read = (name: string): object => JSON.parse(readFileSync(join(schemas, name), "utf8")) as object;
    const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
    formats.default.default(ajv);
    for (const name of ["jsf-0.82.SNAPSHOT.schema.json", "spdx.SNAPSHOT.schema.json"])
      ajv.addSchema({ ...read(name), $id: `http://cyclonedx.org/schema/${name}` });
    return ajv.compile(read("bom-1.6.SNAPSHOT.schema.json"));
  }

  it("validates against the schema of CycloneDX 1.6, which refuses a damaged one", async () => {
    const validate = validator();
    for (const facts of [made("bom"), made("bom-empty", { measured: [], data: [], limits: [] })]) {
      const { bom } = await written(facts);
      expect([validate(bom), validate.errors]).toEqual([true, null]);
      expect(validate({ ...bom, specVersion: 1.6 })).toBe(false);
      expect(validate({ ...bom, metadata: { component: { type: "model" } } })).toBe(false);
    }
  });

  it("carries hashes, the base, the data and the numbers with their intervals", async () => {
    const facts = made("contents");
    const { bom } = await written(facts);
    const { component } = bom.metadata;
    expect(component.hashes).toEqual([{ alg: "SHA-256", content: sha256(facts.folder) }]);
    expect(component.pedigree.ancestors[0].hashes[0].content).toBe(sha256(facts.base!.folder!));
    expect(component.modelCard.quantitativeAnalysis.performanceMetrics[0]).toEqual({
      type: "top1",
      value: "0.5",
      slice: "test, n = 10",
      confidenceInterval: { lowerBound: "0.4", upperBound: "0.6" },
    });
    const data = bom.components.filter(({ type }: { type: string }) => type === "data");
    expect(data[0].components[0].hashes[0].content).toBe(sha256("{}\n"));
    expect(bom.dependencies[0].dependsOn).toEqual(["data:rows", "data:drawn"]);
    expect((await written(facts)).bom.serialNumber).toBe(bom.serialNumber);
  });
});
