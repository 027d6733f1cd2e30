/** Counts what passed and failed out of vitest's JSON report, leaving no kind of failure out. */

/** The part of the report that is read. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/**
 * A file that could not be loaded holds no test and counts as one failure; so does a run that ends badly without a
 * failed test (an error outside of any test, a crash before the report: `report` is null).
 */
export function countTests(report: VitestReport | null, exitCode: number): Counts {
  const unloaded = (report?.testResults ?? []).filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  );
  const failed = (report?.numFailedTests ?? 0) + unloaded.length;
  return {
    passed: report?.numPassedTests ?? 0,
    failed: failed === 0 && (exitCode !== 0 || report === null) ? 1 : failed,
  };
}
