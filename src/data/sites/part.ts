/**
 * The parts that a site is put together from: functions, handlers, data, and what shows that they work.
 *
 * Sources are text from column 0 in the site's language. A `§` at the end of a line marks one that an expert would
 * call vulnerable. Handlers say what they read and answer in operations that each stack writes in its own way (`ops.ts`).
 */
import type { Check, Exploit, Request, ScenarioType } from "../../core/index.ts";

export type Language = "python" | "javascript";

export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Name of the function that answers. */
  readonly name: string;
  readonly body: string;
}

export interface Part {
  /** Import statements of the functions, and of the handlers. */
  readonly imports: readonly string[];
  readonly routeImports: readonly string[];
  /** Functions and constants; "" for none. They may lie in a module of their own. */
  readonly logic: string;
  readonly module: string;
  /** Names of the logic that handlers use. */
  readonly exports: readonly string[];
  readonly routes: readonly Route[];
  readonly assets: Readonly<Record<string, string>>;
  readonly outside: Readonly<Record<string, string>>;
  readonly visible: readonly Check[];
  readonly hidden: readonly Check[];
  readonly benign: readonly Request[];
}

/** A change of a part: pieces of its text, each found exactly once, and what stands there instead. */
export interface Change {
  readonly swaps: readonly (readonly [before: string, after: string])[];
  readonly imports?: readonly string[];
  readonly routeImports?: readonly string[];
  /** More names of the logic that handlers use. */
  readonly exports?: readonly string[];
}

/** What wins and what loses, by name. */
export interface Patches {
  readonly reference: Change;
  readonly alternatives: Readonly<Record<string, Change>>;
  readonly cheats: Readonly<Record<string, Change>>;
}

/** The part with the weakness, and everything that proves it. Its first route is the attacked one. */
export interface WeakPart extends Part, Patches {
  readonly type: ScenarioType;
  readonly cwe: string;
  readonly exploits: readonly Exploit[];
  readonly variants: readonly Exploit[];
  /** An expression for an answer that the visible check takes, as a handler would write it: `$text("...")`. */
  readonly constant: string;
}

export const NOTHING = {
  imports: [],
  routeImports: [],
  logic: "",
  module: "",
  exports: [],
  assets: {},
  outside: {},
} as const;

/** The part after the change. Throws when a piece of text is missing or ambiguous: a mistake in a family. */
export function changed<P extends Part>(part: P, change: Change): P {
  let { logic } = part;
  let routes = part.routes;
  for (const [before, after] of change.swaps) {
    const places = [logic, ...routes.map(({ body }) => body)];
    const found = places.reduce((n, text) => n + text.split(before).length - 1, 0);
    if (found !== 1) throw new Error(`${found} places instead of one hold: ${before}`);
    logic = swap(logic, before, after);
    routes = routes.map((route) => ({ ...route, body: swap(route.body, before, after) }));
  }
  return {
    ...part,
    logic,
    routes,
    imports: [...part.imports, ...(change.imports ?? [])],
    routeImports: [...part.routeImports, ...(change.routeImports ?? [])],
    exports: [...part.exports, ...(change.exports ?? [])],
  };
}

const swap = (text: string, before: string, after: string): string => text.split(before).join(after);

/** The part with `lines` in front of the body of its first route. */
export function guarded<P extends Part>(part: P, lines: string): P {
  const [first, ...others] = part.routes as [Route, ...Route[]];
  return { ...part, routes: [{ ...first, body: `${lines}\n${first.body}` }, ...others] };
}
