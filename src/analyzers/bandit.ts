/** Bandit as an analyzer: its own rules and its own answers, without a start of Python per sample. */
import type { Files } from "../core/index.ts";
import { pythonCommand, pythonShim } from "../util/python.ts";
import type { Analyzer, Finding } from "./types.ts";
import { LineWorker } from "./worker.ts";

export interface BanditOptions {
  /**
   * For judging what somebody else wrote: lines that carry a `# nosec` comment are reported too, and a file that
   * Bandit would skip is a finding of its own (`unreadable`). Default false, as on the command line.
   */
  readonly strict?: boolean;
  /** Per scan. */
  readonly timeoutMs?: number;
}

/** Starts Python on the first scan. Scans run one after the other. */
export function createBanditAnalyzer(options: BanditOptions = {}): Analyzer {
  const { strict = false, timeoutMs = 20_000 } = options;
  // -B and -I: no byte code written, nothing of the caller's environment read.
  const args = ["-I", "-B", pythonShim("bandit_worker.py")];
  const worker = new LineWorker({ command: pythonCommand(), args, timeoutMs });
  let next = 0;
  return {
    name: "bandit",
    async scan(files: Files): Promise<readonly Finding[]> {
      const python = Object.entries(files).filter(([path]) => path.endsWith(".py"));
      if (python.length === 0) return [];
      const request = { id: next++, files: Object.fromEntries(python), strict };
      return ((await worker.ask(request)) as { findings: Finding[] }).findings;
    },
    close: () => worker.close(),
  };
}
