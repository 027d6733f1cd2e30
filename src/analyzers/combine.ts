/** Several analyzers as one. */
import type { Analyzer } from "./types.ts";

/** Findings in the order of the analyzers; each skips files of other languages. Fails when one of them fails. */
export function combineAnalyzers(analyzers: readonly Analyzer[]): Analyzer {
  return {
    name: analyzers.map(({ name }) => name).join("+"),
    parts: analyzers,
    async scan(files) {
      return (await Promise.all(analyzers.map((analyzer) => analyzer.scan(files)))).flat();
    },
    async close() {
      await Promise.all(analyzers.map((analyzer) => analyzer.close()));
    },
  };
}
