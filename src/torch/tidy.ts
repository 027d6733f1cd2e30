/** Ways to bound the life of tensors: `tidy`, `tensorScope`, `keep`, and the count of live ones. */
import { engine } from "./engine.ts";
import { Handle } from "./handle.ts";
import { moveTo, Scope } from "./scope.ts";

/** Opens a scope: `using scope = tensorScope()` closes it at the end of the block. No await inside. */
export function tensorScope(): Scope {
  return new Scope();
}

/**
 * Runs `body` in a scope of its own. Tensors in its result (itself, or inside arrays, maps and plain objects)
 * move to the surrounding scope; all others made inside are disposed, also when it throws.
 */
export function tidy<T>(body: () => T): T {
  const scope = new Scope();
  try {
    const result = body();
    if (result instanceof Promise) throw new Error("tidy takes a synchronous function");
    visit(result, (tensor) => {
      if (tensor.scope === scope) moveTo(tensor, scope.parent);
    });
    return result;
  } finally {
    scope.close();
  }
}

/** Takes tensors out of their scopes: the caller disposes them. Returns its argument. */
export function keep<T>(value: T): T {
  visit(value, (tensor) => moveTo(tensor, null));
  return value;
}

/** Disposes every tensor inside `value`. */
export function dispose(value: unknown): void {
  visit(value, (tensor) => tensor.dispose());
}

/** Handles that have been made and not disposed, in this thread: what tests assert to be unchanged. */
export function liveTensors(): number {
  return engine.liveTensors();
}

function visit(value: unknown, each: (tensor: Handle) => void): void {
  if (value instanceof Handle) each(value);
  else if (Array.isArray(value)) for (const item of value) visit(item, each);
  else if (value instanceof Map) for (const item of value.values()) visit(item, each);
  else if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) visit(item, each);
}
