/**
 * Measures a scan against what the scenarios plant, kind by kind: `npx tsx scripts/scan-scenarios.ts [dev|held-out|all]`.
 * With `families` behind it the generated families are measured too, one application of each.
 */
import {
  createBanditAnalyzer,
  createFlowAnalyzer,
  createJavaScriptAnalyzer,
} from "../src/analyzers/index.ts";
import { generated, handWritten } from "../src/cli/scenarios.ts";
import { FAMILIES } from "../src/data/webapps/index.ts";
import {
  isHeldOut,
  measureScan,
  share,
  WRITTEN_LATER,
  type Measured,
} from "../test/support/scan-scenarios.ts";

const [which = "all", ...more] = process.argv.slice(2);
const analyzers = [createFlowAnalyzer(), createBanditAnalyzer({ strict: true }), createJavaScriptAnalyzer()];

function show(title: string, { byCwe, total, remarks }: Measured): void {
  console.log(`\n${title}`);
  for (const [cwe, one] of [...byCwe].toSorted(([a], [b]) => (a < b ? -1 : 1)).concat([["all", total]]))
    console.log(
      `  ${cwe.padEnd(9)} found ${share(one.found + one.foundOnTheWay, one.planted)}, of these ${one.foundOnTheWay} on the way; ` +
        `unexplained ${share(one.unexplained, one.findings)}; reported after a correct patch ${share(one.stillReported, one.corrected)}`,
    );
  for (const { scenario, what, cwe, where } of remarks)
    console.log(`    ${what}: ${scenario} ${cwe} ${where}`);
}

try {
  const written = await handWritten();
  const all = written.filter(({ id }) => !WRITTEN_LATER.has(id));
  if (which !== "held-out") {
    const seen = all.filter(({ id }) => !isHeldOut(id));
    show(`${seen.length} scenarios that rules were written with`, await measureScan(analyzers, seen));
  }
  if (which !== "dev") {
    const held = all.filter(({ id }) => isHeldOut(id));
    show(`${held.length} scenarios held out`, await measureScan(analyzers, held));
  }
  if (which === "all") {
    const later = written.filter(({ id }) => WRITTEN_LATER.has(id));
    show(`${later.length} scenarios written after the rules`, await measureScan(analyzers, later));
  }
  if (more.includes("families")) {
    const made = generated(FAMILIES, 1);
    show(`${made.length} generated applications`, await measureScan(analyzers, made));
  }
} finally {
  await Promise.all(analyzers.map((analyzer) => analyzer.close()));
}
