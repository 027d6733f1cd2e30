/** Any ATen operator by name, for what `Tensor` has no method for. */
import { DTYPES } from "./dtype.ts";
import { defineOp, engine } from "./engine.ts";
import { Generator } from "./generator.ts";
import { Handle, wrap } from "./handle.ts";
import type { Tensor } from "./tensor.ts";

export type OpArgument =
  | Handle
  | Generator
  | number
  | bigint
  | boolean
  | string
  | null
  | undefined
  | readonly (Handle | number | boolean | null)[];

interface Signature {
  readonly op: number;
  readonly arguments: readonly { readonly name: string; readonly kind: string }[];
  readonly returns: readonly string[];
}

const signatures = new Map<string, Signature>();

function signatureOf(name: string, overload: string): Signature {
  const key = `${name}.${overload}`;
  const known = signatures.get(key);
  if (known !== undefined) return known;
  // Reading any property loads the engine, so that an unknown name is reported here and not at load.
  engine.liveTensors();
  const op = defineOp(name, overload);
  const [before = "", after = ""] = engine.describeOp(op).split(">");
  const parts = (text: string): string[] => text.split(",").filter((part) => part !== "");
  const made: Signature = {
    op,
    arguments: parts(before).map((part) => {
      const [argument = "", kind = ""] = part.split(":");
      return { name: argument, kind };
    }),
    returns: parts(after),
  };
  signatures.set(key, made);
  return made;
}

/**
 * A function that calls `name` with arguments in the order of its schema; `undefined` takes the default.
 * Element types are written `"float32"`, devices `"cpu"`. Several results come as an array; operators that
 * write in place return the tensor they were given. Say the result's type: `op<number>("aten::item")`.
 * Throws when there is no such operator.
 */
export function op<R = Tensor>(name: string, overload = ""): (...args: OpArgument[]) => R {
  const signature = signatureOf(name, overload);
  return (...args) => {
    const raw = args.map((arg, i) => lower(arg, signature.arguments[i]?.kind ?? "", signature, i));
    const result: unknown = engine.call(signature.op, ...raw);
    const lift = (value: unknown, kind: string | undefined): unknown => {
      if (kind === "Tensor[]") return (value as number[]).map(wrap);
      if (kind !== "Tensor") return value;
      if (value === 0) return null;
      return args.find((arg) => arg instanceof Handle && arg.id === value) ?? wrap(value as number);
    };
    if (signature.returns.length <= 1) return lift(result, signature.returns[0]) as R;
    return (result as unknown[]).map((value, i) => lift(value, signature.returns[i])) as R;
  };
}

function lower(arg: OpArgument, kind: string, signature: Signature, i: number): unknown {
  if (arg instanceof Handle) return arg.id;
  if (arg instanceof Generator) return arg.number;
  // A bare number would be taken for a tensor's number by the engine.
  if (kind.startsWith("Tensor") && arg !== null && arg !== undefined && !Array.isArray(arg))
    throw new TypeError(`argument '${signature.arguments[i]?.name}' must be a Tensor`);
  if (Array.isArray(arg))
    return (arg as readonly unknown[]).map((item) => (item instanceof Handle ? item.id : (item ?? null)));
  if (typeof arg === "string" && kind === "int" && !(DTYPES as readonly string[]).includes(arg)) return arg;
  return arg;
}
