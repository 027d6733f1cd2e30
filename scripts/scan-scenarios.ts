/**
 * Measures a scan against what the scenarios plant, kind by kind: `npx tsx scripts/scan-scenarios.ts [all|ID,ID]`.
 * With `families` or `sites` behind it the generated applications are measured too, one of each family.
 */
import {
  createBanditAnalyzer,
  createFlowAnalyzer,
  createJavaScriptAnalyzer,
} from "../src/analyzers/index.ts";
import { generated, handWritten } from "../src/cli/scenarios.ts";
import { generateSite, SITE_FAMILIES } from "../src/data/sites/index.ts";
import { FAMILIES } from "../src/data/webapps/index.ts";
import {
  measureScan,
  share,
  together,
  WRITTEN_LATER,
  type Measured,
} from "../test/support/scan-scenarios.ts";

const [which = "all", ...more] = process.argv.slice(2);
const ids = which === "all" ? undefined : which.split(",");
const SITE_SEED = 1;
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
  const written = (await handWritten()).filter(({ id }) => ids === undefined || ids.includes(id));
  const [older, newer] = [false, true].map((later) =>
    written.filter(({ id }) => WRITTEN_LATER.has(id) === later),
  ) as [typeof written, typeof written];
  const [first, second] = [await measureScan(analyzers, older), await measureScan(analyzers, newer)];
  show(`${older.length} older scenarios`, first);
  show(`${newer.length} newer scenarios`, second);
  show(`all ${written.length} scenarios`, { ...together(first, second), remarks: [] });
  if (more.includes("families")) {
    const made = generated(FAMILIES, 1);
    show(`${made.length} generated applications`, await measureScan(analyzers, made));
  }
  if (more.includes("sites")) {
    const made = SITE_FAMILIES.map(({ id }) => generateSite(id, SITE_SEED));
    show(`${made.length} generated sites`, await measureScan(analyzers, made));
  }
} finally {
  await Promise.all(analyzers.map((analyzer) => analyzer.close()));
}
