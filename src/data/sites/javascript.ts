/** What the JavaScript stacks share: modules and their imports. */
import { distinct, sections, withLogic, type Layout } from "./layout.ts";
import type { Part } from "./part.ts";

/** The modules of functions; none in the layout `single`. */
export function modulesOf(parts: readonly Part[], layout: Layout): Record<string, string> {
  if (layout === "single") return {};
  return Object.fromEntries(
    withLogic(parts).map(({ module, imports, logic, exports }) => [
      `${module}.js`,
      sections(
        1,
        ['"use strict";', ...merged(imports)].join("\n"),
        logic,
        `module.exports = { ${distinct(exports).join(", ")} };`,
      ),
    ]),
  );
}

/** What the file with the handlers holds and requires besides them. */
export function needsOf(parts: readonly Part[], layout: Layout) {
  const single = layout === "single";
  return {
    logic: single ? withLogic(parts).map(({ logic }) => logic) : [],
    needed: parts.flatMap((part) => [...part.routeImports, ...(single ? part.imports : [])]),
    own: single
      ? []
      : withLogic(parts).map(
          ({ module, exports }) => `const { ${distinct(exports).join(", ")} } = require("./${module}");`,
        ),
  };
}

/** Node's own modules first, then packages, then the site's own. */
export function requires(needed: readonly string[], own: readonly string[]): string {
  const builtin = (line: string): boolean => line.includes('"node:');
  const all = merged(needed);
  return [...all.filter(builtin), ...all.filter((line) => !builtin(line)), ...own].join("\n");
}

const REQUIRE = /^const \{ (.*) \} = (require\(".*"\));$/;

/** One statement for each module that names are taken from. */
function merged(statements: readonly string[]): string[] {
  const names = new Map<string, string[]>();
  for (const statement of statements) {
    const [, taken, from] = REQUIRE.exec(statement) ?? [];
    if (from === undefined) names.set(statement, []);
    else names.set(from, distinct([...(names.get(from) ?? []), ...taken!.split(", ")]).toSorted());
  }
  return [...names].map(([from, taken]) =>
    taken.length === 0 ? from : `const { ${taken.join(", ")} } = ${from};`,
  );
}
