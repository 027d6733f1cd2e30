/** Bandit as an analyzer: its own rules and its own answers, without a start of Python per sample. */
import type { Files } from "../core/index.ts";
import { pythonCommand, pythonShim } from "../util/python.ts";
import type { Analyzer, Finding } from "./types.ts";
import { LineWorker } from "./worker.ts";

export interface BanditOptions {
  /** Report lines that carry a `# nosec` comment too, as a patch could silence its own finding. Default false. */
  readonly ignoreNosec?: boolean;
  /** Per scan. */
  readonly timeoutMs?: number;
}

/** Starts Python on the first scan. Scans run one after the other. */
export function createBanditAnalyzer(options: BanditOptions = {}): Analyzer {
  const { ignoreNosec = false, timeoutMs = 20_000 } = options;
  // -B and -I: no byte code written, nothing of the caller's environment read.
  const args = ["-I", "-B", pythonShim("bandit_worker.py")];
  const worker = new LineWorker({ command: pythonCommand(), args, timeoutMs });
  let next = 0;
  return {
    name: "bandit",
    async scan(files: Files): Promise<readonly Finding[]> {
      const python = Object.entries(files).filter(([path]) => path.endsWith(".py"));
      if (python.length === 0) return [];
      const request = { id: next++, files: Object.fromEntries(python), ignore_nosec: ignoreNosec };
      return ((await worker.ask(request)) as { findings: Finding[] }).findings;
    },
    close: () => worker.close(),
  };
}
