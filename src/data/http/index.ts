/** HTTP pairs: reading, writing and making them. */
export { AGENT_REASONS, askAgents, type AgentReport } from "./agents/agents.ts";
export {
  analysesOf,
  GUIDES,
  NO_ANALYSIS,
  QUESTIONS,
  questionText,
  readAnswer,
  type AnalysisBounds,
  type TriageAnswer,
} from "./answer.ts";
export { generatePairs, HTTP_TEMPLATES, type GenerateOptions, type Judge } from "./generate/generate.ts";
export { splitOf, type SiteTemplate, type Split } from "./generate/template.ts";
export { pairFormat } from "./files.ts";
export { parseRequest, parseResponse, type Parsed } from "./parse.ts";
export { printRequest, printResponse } from "./print.ts";
export {
  claimOf,
  parseExchange,
  REPORT_READERS,
  type Claim,
  type ReadExchanges,
  type ReportedExchange,
  type ReportFormat,
} from "./reports/index.ts";
export { renderPair, type RenderedPair } from "./render.ts";
export { readRows, writeRows, type ReadRows, type RefusedRow } from "./rows.ts";
export { readSqlite, writeSqlite } from "./sqlite.ts";
export { readTemplates, writeTemplates, type RawPair } from "./template-file.ts";
