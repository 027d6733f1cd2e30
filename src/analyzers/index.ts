/** Static analyzers behind one interface. */
export { createBanditAnalyzer, type BanditOptions } from "./bandit.ts";
export { combineAnalyzers } from "./combine.ts";
export { codeqlVersion, createCodeqlAnalyzer, type CodeqlOptions } from "./external/codeql.ts";
export { createSemgrepAnalyzer, semgrepVersion, type SemgrepOptions } from "./external/semgrep.ts";
export { createFlowAnalyzer } from "./flows/index.ts";
export { createJavaScriptAnalyzer } from "./javascript/index.ts";
export * from "./types.ts";
