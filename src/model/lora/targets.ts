/** Which modules of a model an adapter changes, by PEFT's rules, and with which rank and scale. */
import { InputError } from "../../core/errors.ts";
import type { Weights } from "../weights.ts";
import type { LoraConfig } from "./config.ts";

export interface LoraTarget {
  /** Path of the linear layer. */
  readonly module: string;
  readonly rank: number;
  /** Of the product B A. */
  readonly scale: number;
  readonly inputs: number;
  readonly outputs: number;
}

export interface LoraPlan {
  readonly targets: readonly LoraTarget[];
  /** Names of parameters that the adapter has whole copies of. */
  readonly replaced: readonly string[];
}

const HEADS = /^(lm_head|score|classifier)(\.|$)/;
const EMBEDDINGS = /(embed_tokens|_embeddings)$/;

/** Throws InputError, naming `source`, when nothing matches or a pattern is not a regular expression. */
export function planAdapter(config: LoraConfig, weights: Weights, source: string): LoraPlan {
  const saved = config.modulesToSave;
  const isSaved = (path: string): boolean => saved.some((end) => holds(path, end));
  const modules = [...weights.names]
    .filter((name) => name.endsWith(".weight") && weights.get(name).ndim === 2)
    .map((name) => name.slice(0, -".weight".length));
  const wanted = modules.filter((module) => isTarget(config, module, source) && !isSaved(module));
  const embedded = wanted.find((module) => EMBEDDINGS.test(module));
  if (embedded !== undefined)
    throw new InputError(`${source}: target_modules: ${embedded} is an embedding; expected linear layers`);
  const kinds = (): string =>
    [...new Set(modules.filter((m) => !EMBEDDINGS.test(m)).map((m) => m.split(".").at(-1)))].join(", ");
  if (wanted.length === 0)
    throw new InputError(
      `${source}: target_modules: no linear layer matches ${JSON.stringify(config.targets)}; this model has ${kinds()}`,
    );
  const unknown = saved.find((end) => ![...weights.names].some((name) => isPartOf(name, end)));
  // PEFT lists every usual name of a classification head, of which a model has one.
  if (unknown !== undefined && !HEADS.test(unknown))
    throw new InputError(`${source}: modules_to_save: this model has no module ${unknown}`);
  return {
    targets: wanted.map((module) => target(config, module, weights, source)),
    replaced: [...weights.names].filter((name) => saved.some((end) => isPartOf(name, end))),
  };
}

/** True when a module of the path (or the whole path) is called `end`, which may have dots. */
function holds(path: string, end: string): boolean {
  return `.${path}.`.includes(`.${end}.`);
}

/** True when the path of a module that the parameter is in ends in `end`, be it inside a name: `norm` is in `layernorm`. */
function isPartOf(name: string, end: string): boolean {
  const parts = name.split(".");
  return parts.some((_, depth) => depth > 0 && parts.slice(0, depth).join(".").endsWith(end));
}

function pattern(text: string, source: string): RegExp {
  try {
    return new RegExp(text);
  } catch (cause) {
    throw new InputError(`${source}: ${JSON.stringify(text)} is not a regular expression`, { cause });
  }
}

function matches(names: readonly string[] | string, module: string, source: string): boolean {
  if (typeof names === "string") return pattern(`^(?:${names})$`, source).test(module);
  return names.some((name) => module === name || module.endsWith(`.${name}`));
}

function isTarget(config: LoraConfig, module: string, source: string): boolean {
  const { targets, exclude, layers } = config;
  if (exclude !== undefined && matches(exclude, module, source)) return false;
  if (targets === "all-linear") return !HEADS.test(module) && !EMBEDDINGS.test(module);
  if (!matches(targets, module, source)) return false;
  if (layers === undefined || layers.length === 0 || typeof targets === "string") return true;
  const layer = /\.[^.]+\.(\d+)\./.exec(module)?.[1];
  return layer !== undefined && layers.includes(Number(layer));
}

function target(config: LoraConfig, module: string, weights: Weights, source: string): LoraTarget {
  const special = <T>(patterns: Readonly<Record<string, T>>, otherwise: T): T => {
    const key = Object.keys(patterns).find((one) => pattern(`^(.*\\.)?(${one})$`, source).test(module));
    return key === undefined ? otherwise : patterns[key]!;
  };
  const rank = special(config.rankPattern, config.rank);
  const alpha = special(config.alphaPattern, config.alpha);
  const [outputs, inputs] = weights.get(`${module}.weight`).shape as [number, number];
  return { module, rank, scale: alpha / (config.rankStabilized ? Math.sqrt(rank) : rank), inputs, outputs };
}
