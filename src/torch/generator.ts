/** Random number generators of the engine, and the seed and state of the default one. */
import { engine } from "./engine.ts";
import { wrap } from "./handle.ts";
import type { Tensor } from "./tensor.ts";

/** A generator of one's own: its draws do not depend on what other threads draw from the default one. */
export class Generator implements Disposable {
  /** The engine's number of it. */
  readonly number: number;

  constructor(seed: number, device = "cpu") {
    this.number = engine.generator(device, seed);
  }

  /** All of its state as bytes (uint8), for a checkpoint. */
  state(): Tensor {
    return wrap(engine.rngState(this.number));
  }

  restore(state: Tensor): void {
    engine.setRngState(this.number, state.id);
  }

  [Symbol.dispose](): void {
    engine.releaseGenerator(this.number);
  }
}

/** Seeds the default generators of all devices. They are shared by all threads of the process. */
export function manualSeed(seed: number): void {
  engine.manualSeed(seed);
}

/** State of a device's default generator as bytes (uint8), for a checkpoint. */
export function rngState(device = "cpu"): Tensor {
  return wrap(engine.rngState(device));
}

export function restoreRngState(state: Tensor, device = "cpu"): void {
  engine.setRngState(device, state.id);
}
