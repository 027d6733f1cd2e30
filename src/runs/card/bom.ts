/**
 * The bill of materials of a model: CycloneDX 1.6 JSON (https://cyclonedx.org/docs/1.6/json/), which validates against
 * the published schema. Hashes are of bytes; what else is said is what the run knows.
 */
import { createHash } from "node:crypto";
import type { RunInfo } from "../manifest.ts";
import type { Evidence, HashedFile } from "./evidence.ts";
import type { Measured, ModelFacts } from "./facts.ts";

const hashesOf = (file: HashedFile) => ({ hashes: [{ alg: "SHA-256", content: file.sha256 }] });
const dataRef = (name: string): string => `data:${name}`;

/** The same run gives the same serial number: RFC 9562 version 8, from the hash of the weights and the configuration. */
function serialNumber(weights: HashedFile, info: RunInfo): string {
  const hex = createHash("sha256").update(weights.sha256).update(JSON.stringify(info)).digest("hex");
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join("-")}`;
}

const performance = ({ metric, on, value, interval, n }: Measured) => ({
  type: metric,
  value: String(value),
  slice: n === undefined ? on : `${on}, n = ${n}`,
  ...(interval === undefined
    ? {}
    : { confidenceInterval: { lowerBound: String(interval[0]), upperBound: String(interval[1]) } }),
});

/** `again` is the command that makes the model again. */
export function billOfMaterials(facts: ModelFacts, evidence: Evidence, info: RunInfo, again: string): object {
  const { name, task, summary, base, data, measured, uses, notFor, limits } = facts;
  const version = info.git?.revision.slice(0, 12) ?? info.started;
  const ancestor =
    base === undefined
      ? []
      : [
          {
            type: "machine-learning-model",
            name: base.name,
            ...(base.version === undefined ? {} : { version: base.version }),
            ...(evidence.base === undefined ? {} : hashesOf(evidence.base)),
          },
        ];
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: serialNumber(evidence.weights, info),
    version: 1,
    metadata: {
      timestamp: info.started,
      tools: {
        components: [
          { type: "application", name: "ironbark", version: info.versions["ironbark"] ?? "unknown" },
        ],
      },
      component: {
        type: "machine-learning-model",
        "bom-ref": "model",
        name,
        version,
        description: summary,
        ...hashesOf(evidence.weights),
        ...(ancestor.length === 0 ? {} : { pedigree: { ancestors: ancestor } }),
        modelCard: {
          modelParameters: {
            task,
            architectureFamily: evidence.family,
            modelArchitecture: evidence.architecture,
            datasets: data.map((one) => ({ ref: dataRef(one.name) })),
            inputs: [{ format: "text" }],
            outputs: [{ format: task === "text-generation" ? "text" : "labels with probabilities" }],
          },
          quantitativeAnalysis: { performanceMetrics: measured.map(performance) },
          considerations: {
            useCases: [...uses],
            technicalLimitations: [...limits, ...notFor.map((use) => `Not for: ${use}`)],
          },
        },
        properties: [
          { name: "ironbark:command", value: again },
          { name: "ironbark:seed", value: String(info.seed) },
          { name: "ironbark:config", value: JSON.stringify(info.config) },
        ],
      },
    },
    components: [
      ...data.map((one) => ({
        type: "data",
        "bom-ref": dataRef(one.name),
        name: one.name,
        description: one.description,
        data: [
          {
            type: "dataset",
            name: one.name,
            ...(one.made === "from a seed"
              ? { contents: { properties: [{ name: "seed", value: String(info.seed) }] } }
              : {}),
          },
        ],
        components: (evidence.data.get(one.name) ?? []).map((file) => ({
          type: "file",
          name: file.name,
          ...hashesOf(file),
        })),
      })),
      ...Object.entries(info.versions)
        .filter(([key]) => key !== "ironbark")
        .map(([key, value]) => ({ type: "library", name: key.replace(/^npm:/, ""), version: value })),
    ],
    dependencies: [{ ref: "model", dependsOn: data.map((one) => dataRef(one.name)) }],
  };
}
