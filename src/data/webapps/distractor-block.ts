/** How a safe endpoint with one input is written down. */
import { check, contains, EMPTY, makeEndpoint, status, type Block, type Ctx } from "./blocks.ts";
import { makeInput, send, type InputKind } from "./inputs.ts";
import { plain } from "./lines.ts";
import type { Table } from "./tables.ts";

/** Tables of other endpoints, which a query may share. */
export interface Shared {
  readonly tables: readonly Table[];
}

/** Makes one kind of safe endpoint. */
export type Make = (ctx: Ctx, shared: Shared) => Block;

export interface Draft {
  readonly body: readonly string[];
  readonly imports: readonly string[];
  readonly converter?: string;
  /** Values a client sends, and what the answer shows. */
  readonly cases: readonly (readonly [value: string, shown: string])[];
  readonly constants?: readonly string[];
  readonly tables?: readonly Table[];
  readonly assets?: Readonly<Record<string, string>>;
  readonly templates?: Readonly<Record<string, readonly string[]>>;
}

/** An endpoint with one input, from a function that writes its body for the input's variable. */
export function block(ctx: Ctx, kinds: readonly InputKind[], draft: (variable: string) => Draft): Block {
  const { rng, names, quote } = ctx;
  const route = `/${names.plural()}`;
  const func = rng.chance(0.5) ? names.verb() : `${names.verb()}_${names.noun()}`;
  const input = makeInput(rng, names.noun(), () => names.noun(), quote, { kinds });
  const d = draft(input.variable);
  const converter = d.converter === undefined ? {} : { converter: d.converter };
  const endpoint = makeEndpoint(ctx, { route, func, inputs: [input], body: plain(...d.body), ...converter });
  const checks = d.cases.map(([value, shown]) =>
    check(`${func} answers ${value}`, send(route, [[input, value]]), status(200), contains(shown)),
  );
  const templates = Object.entries(d.templates ?? {}).map(
    ([file, texts]) => [file, plain(...texts)] as const,
  );
  return {
    ...EMPTY,
    route,
    func,
    inputs: [input],
    constants: plain(...(d.constants ?? [])),
    endpoint,
    imports: [...(input.read === null ? [] : ["flask:request"]), ...d.imports],
    tables: d.tables ?? [],
    assets: d.assets ?? {},
    templates: Object.fromEntries(templates),
    visible: checks.slice(0, 1),
    hidden: checks.slice(1),
    benign: checks.flatMap((c) => c.steps.map((s) => s.request)),
  };
}

export const ANY: readonly InputKind[] = ["query", "query", "query", "form", "path"];
export const PATH: readonly InputKind[] = ["path"];
export const SENT: readonly InputKind[] = ["query", "query", "form"];
