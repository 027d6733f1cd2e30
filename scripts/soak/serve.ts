/** The patch environment over the hand-written scenarios in a process of its own; prints its address. SIGUSR2 collects garbage. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadScenarios } from "../../src/data/index.ts";
import { scenarioList } from "../../src/envs/patch/index.ts";
import { createEnvServer, patchServerOptions } from "../../src/serve/index.ts";
import { projectRoot } from "../../src/util/root.ts";
import { openVerifier } from "../../src/verify/index.ts";

// What is left in here at the end was leaked by this process.
const folder = mkdtempSync(join(tmpdir(), "ironbark-soak-"));
process.env["TMPDIR"] = folder;

// Each verification really happens: an answer out of the cache would leave nothing to leak.
const verifier = openVerifier({ sessions: 64, cache: false });
const scenarios = (await loadScenarios(join(projectRoot(), "scenarios"))).filter(
  ({ stack }) => stack === "flask",
);
const server = createEnvServer(
  patchServerOptions(
    { source: scenarioList(scenarios), verifier, pool: verifier.pool },
    { maxConcurrentEnvs: 64, maxMessageBytes: 256 * 1024 },
  ),
);
const { url } = await server.listen(0);
process.on("SIGUSR2", () => (globalThis as { gc?: () => void }).gc?.());
process.on("SIGTERM", () => {
  void server
    .close()
    .then(() => verifier.close())
    .then(() => {
      rmSync(folder, { recursive: true });
      process.exit(0);
    });
});
process.stdout.write(
  `${JSON.stringify({ url, folder, scenarios: scenarios.map(({ id, entry }) => ({ id, entry })) })}\n`,
);
