/** Who owns a tensor: the innermost open scope, or whoever asked to keep it; the garbage collector is the last resort. */
import { engine } from "./engine.ts";

/** The part of a tensor that ownership needs: its number in the engine (0: disposed) and its scope. */
export interface Owned {
  id: number;
  scope: Scope | null;
}

let current: Scope | null = null;

// Only tensors outside every scope are registered: it costs more than most operators do.
const forgotten = new FinalizationRegistry<number>((id) => engine.release(id));

/** Called once for each new tensor. */
export function adopt(tensor: Owned): void {
  tensor.scope = current;
  if (current !== null) current.owned.push(tensor);
  else forgotten.register(tensor, tensor.id, tensor);
}

/** Frees the engine's memory now. Disposing twice is allowed. */
export function disposeOwned(tensor: Owned): void {
  if (tensor.id === 0) return;
  if (tensor.scope === null) forgotten.unregister(tensor);
  engine.release(tensor.id);
  tensor.id = 0;
  tensor.scope = null;
}

let scratch = new Int32Array(1024);

/**
 * Tensors made while a scope is open belong to it and are disposed when it closes, except those kept.
 * A scope is synchronous: do not await while it is open, or tensors of other work would fall into it.
 */
export class Scope implements Disposable {
  readonly owned: Owned[] = [];
  readonly #parent: Scope | null = current;
  #open = true;

  constructor() {
    // oxlint-disable-next-line typescript/no-this-alias
    current = this;
  }

  /** Disposes what the scope owns, and closes first any scope opened inside it that was left open. */
  close(): void {
    if (!this.#open) return;
    while (current !== null && current !== this) current.close();
    this.#open = false;
    current = this.#parent;
    if (this.owned.length > scratch.length) scratch = new Int32Array(2 * this.owned.length);
    let count = 0;
    for (const tensor of this.owned) {
      if (tensor.scope !== this) continue;
      scratch[count++] = tensor.id;
      tensor.id = 0;
      tensor.scope = null;
    }
    if (count > 0) engine.releaseMany(scratch, count);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The scope that tensors move to when they are returned from this one. */
  get parent(): Scope | null {
    return this.#parent;
  }
}

/** Hands a tensor to another scope, or with null to the caller (who then disposes it). */
export function moveTo(tensor: Owned, scope: Scope | null): void {
  if (tensor.id === 0 || tensor.scope === scope) return;
  tensor.scope = scope;
  if (scope === null) forgotten.register(tensor, tensor.id, tensor);
  else scope.owned.push(tensor);
}
