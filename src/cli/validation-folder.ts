/** The folder in which a validation keeps its finished reports, locked while one writes there. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openKeyedLog, type KeyedLog } from "../runs/keyed-log.ts";
import { lockRun } from "../runs/lock.ts";
import type { ScenarioReport } from "../verify/index.ts";

export interface ReportFolder {
  readonly reports: KeyedLog<ScenarioReport>;
  close(): void;
}

/** Throws InputError when another process writes there or the file is no such file. */
export function openReports(folder: string): ReportFolder {
  mkdirSync(folder, { recursive: true });
  const lock = lockRun(folder);
  try {
    const reports = openKeyedLog<ScenarioReport>(join(folder, "reports.jsonl"));
    return {
      reports,
      close: () => {
        reports.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
