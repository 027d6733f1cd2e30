/** The model card: README.md of a checkpoint in the Hugging Face hub's format, YAML first and then prose. */
import { stringify } from "yaml";
import type { RunInfo } from "../manifest.ts";
import type { Evidence } from "./evidence.ts";
import type { Measured, ModelFacts } from "./facts.ts";

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");
const number = (value: number): string => String(Math.round(value * 10_000) / 10_000);

function frontMatter({ name, task, base, data, measured }: ModelFacts): string {
  const evaluations = [...new Set(measured.map(({ on }) => on))];
  return stringify({
    library_name: "ironbark",
    pipeline_tag: task,
    ...(base === undefined ? {} : { base_model: base.name }),
    datasets: data.map((one) => one.name),
    tags: ["security", "ironbark"],
    "model-index": [
      {
        name,
        results: evaluations.map((on) => ({
          task: { type: task },
          dataset: { name: on, type: on },
          metrics: measured
            .filter((one) => one.on === on)
            .map(({ metric, value }) => ({ type: metric, name: metric, value })),
        })),
      },
    ],
  });
}

function measuredTable(measured: readonly Measured[]): string {
  if (measured.length === 0) return "Nothing was measured by the run that made it.";
  const rows = measured.map(
    ({ metric, on, value, interval, n }) =>
      `| ${on} | ${metric} | ${number(value)} | ${interval === undefined ? "" : interval.map(number).join(" to ")} | ${n ?? ""} |`,
  );
  return ["| on | metric | value | 95 % interval | n |", "|---|---|---|---|---|", ...rows].join("\n");
}

function dataList({ data }: ModelFacts, evidence: Evidence, seed: number): string {
  return list(
    data.map(({ name, description, made, rows }) => {
      const hashes = (evidence.data.get(name) ?? []).map((file) => `\`${file.name}\` sha256 ${file.sha256}`);
      const origin = made === "from a seed" ? `made from seed ${seed}` : "";
      return [`**${name}**: ${description}`, rows === undefined ? "" : `${rows} rows`, origin, ...hashes]
        .filter((part) => part !== "")
        .join("; ");
    }),
  );
}

/** `again` is the command that makes the model again. */
export function modelCard(facts: ModelFacts, evidence: Evidence, info: RunInfo, again: string): string {
  const { name, summary, base, measured, uses, notFor, limits } = facts;
  const started =
    base === undefined
      ? "Its weights began random."
      : `It began as ${[base.name, base.version].filter(Boolean).join(" ")}${evidence.base === undefined ? "" : ` (weights sha256 ${evidence.base.sha256})`}.`;
  const { weights, family } = evidence;
  const git = info.git === null ? "" : ` at revision ${info.git.revision}`;
  return `---
${frontMatter(facts)}---

# ${name}
${summary} ${started}

## For
${list(uses)}

Not for:
${list(notFor)}

## Data
${dataList(facts, evidence, info.seed)}

## Measured
${measuredTable(measured)}

## Limits
${list(limits)}

## Made by
\`${again}\` with Ironbark ${info.versions["ironbark"] ?? "?"}${git}, seed ${info.seed}, started ${info.started} on ${info.machine.cpu}. The whole configuration is in \`run.json\` of the run and in \`bom.cdx.json\` beside this file.

\`${weights.name}\` (${family}, ${weights.bytes} bytes): sha256 ${weights.sha256}
`;
}
