/** Loads the native addon on first use and gives access to its functions; nothing outside `src/torch` needs it. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PrerequisiteError } from "../core/errors.ts";
import { projectRoot } from "../util/root.ts";

/** Functions of the addon. Tensors are numbers here (0: none); `Tensor` wraps them. */
export interface Native {
  /** Calls an operator by its number. The result is a handle, a number, a boolean, or a list of those. */
  call(op: number, ...args: unknown[]): number;
  resolveOp(name: string, overload: string): number;
  describeOp(op: number): string;
  fromBytes(bytes: ArrayBufferView, dtype: number, shape: readonly number[]): number;
  readBytes(id: number, into: ArrayBufferView, offset?: number): void;
  writeBytes(id: number, from: ArrayBufferView): void;
  item(id: number): number;
  shape(id: number): number[];
  strides(id: number): number[];
  dtype(id: number): number;
  device(id: number): string;
  numel(id: number): number;
  isContiguous(id: number): boolean;
  sharesStorage(a: number, b: number): boolean;
  alias(id: number): number;
  release(id: number): void;
  releaseMany(ids: Int32Array, count: number): void;
  liveTensors(): number;
  mapFile(path: string): number;
  mapTensor(mapping: number, offset: number, dtype: number, shape: readonly number[]): number;
  unmap(mapping: number): void;
  backward(outputs: number[], gradients: number[] | null, retain: boolean, create: boolean): void;
  grad(
    outputs: number[],
    inputs: number[],
    gradients: number[] | null,
    retain: boolean,
    create: boolean,
    allowUnused: boolean,
  ): number[];
  requiresGrad(id: number): boolean;
  setRequiresGrad(id: number, value: boolean): void;
  getGrad(id: number): number;
  setGrad(id: number, grad: number | null): void;
  grads(ids: number[]): number[];
  clearGrads(ids: number[]): void;
  isLeaf(id: number): boolean;
  setGradEnabled(value: boolean): boolean;
  enterInference(): void;
  leaveInference(): void;
  enterAutocast(device: string, dtype: number): void;
  leaveAutocast(device: string): void;
  manualSeed(seed: number): void;
  generator(device: string, seed: number): number;
  releaseGenerator(generator: number): void;
  rngState(generator: number | string): number;
  setRngState(generator: number | string, state: number): void;
  setThreads(count: number): void;
  threads(): number;
  cudaDevices(): number;
  torchVersion(): string;
  parallelInfo(): string;
}

/** Operators defined before the addon is loaded; their position here is their number there. */
const defined: { readonly name: string; readonly overload: string }[] = [];
let loaded: Native | null = null;

/** Replaced by the addon itself when first used, so that a call afterwards goes straight to it. */
export let engine: Native = new Proxy({} as Native, {
  get: (_, name) => Reflect.get(load(), name),
});

/** The number of an operator, for `engine.call`. Throws when the engine is loaded and has no such operator. */
export function defineOp(name: string, overload = ""): number {
  if (loaded !== null) return loaded.resolveOp(name, overload);
  defined.push({ name, overload });
  return defined.length - 1;
}

/** True when the addon has been built; loads nothing. */
export function engineBuilt(): boolean {
  return existsSync(ADDON);
}

// The same relative place from `src/torch` and from `dist/torch`.
const ADDON = join(projectRoot(), "native/build/ironbark.node");

function load(): Native {
  if (loaded !== null) return loaded;
  if (!existsSync(ADDON)) throw new PrerequisiteError("The tensor engine is not built: run `make setup`.");
  let addon: { open(): Native };
  try {
    addon = createRequire(import.meta.url)(ADDON) as { open(): Native };
  } catch (cause) {
    throw new PrerequisiteError(
      "The tensor engine does not load (is libtorch still there?): run `make setup`.",
      {
        cause,
      },
    );
  }
  const native = addon.open();
  for (const { name, overload } of defined) native.resolveOp(name, overload);
  loaded = native;
  engine = native;
  return native;
}
