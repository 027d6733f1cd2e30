/**
 * Measures how often the XSS oracle and headless Chromium agree, on generated pairs: `npm run bench -- http-browser`.
 * Needs Chromium (`apt-get install chromium`, or its path in CHROMIUM). Every disagreement is printed to standard error.
 */
import { generatePairs } from "../src/data/http/index.ts";
import { judgeHttp } from "../src/verify/http/index.ts";
import { measureAgreement } from "./browser/agreement.ts";
import { findChromium } from "./browser/chromium.ts";

const path = findChromium();
if (path === undefined) {
  console.error(
    "http-browser: skipped, there is no Chromium here (apt-get install chromium, or set CHROMIUM)",
  );
} else {
  const count = Number(process.env["CASES"] ?? 600);
  const pairs = generatePairs({ seed: 11, count, categories: ["XSS"], judge: judgeHttp });
  const { cases, agreed, version, disagreements, seconds } = await measureAgreement(path, pairs);
  for (const { id, oracle, browser, template, fact } of disagreements)
    console.error(`${id} (${template}): oracle ${oracle}, browser ${browser}; ${fact}`);
  console.log(
    JSON.stringify({
      name: "http-browser",
      ratio: agreed / cases,
      ours: agreed,
      theirs: cases,
      unit: "pairs on which oracle and browser agree",
      disagreements: disagreements.map(({ id }) => id),
      seconds: Math.round(seconds),
      versions: { chromium: version, node: process.version },
    }),
  );
}
