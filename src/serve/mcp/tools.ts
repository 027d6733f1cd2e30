/** The skills as MCP tools: schemas for clients, results as text and as structured content, failures as results. */
import { McpServer, type CallToolResult, type ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";
import { InputError, IronbarkError } from "../../core/errors.ts";
import {
  analyze,
  analyzeFiles,
  AnalyzeSchema,
  classify,
  ClassifySchema,
  explain,
  ExplainSchema,
  GivenPatchSchema,
  patchCode,
  PatchInputSchema,
  readFolder,
  triage,
  TriageSchema,
  type SkillAnswer,
  type SkillRun,
  type SkillTools,
} from "../../skills/index.ts";

export interface McpOptions {
  readonly tools: SkillTools;
  readonly version: string;
  /** What `scan` may read; undefined: sources come in the call. */
  readonly root: string | undefined;
}

const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
/** Candidates are run in a sandbox, which changes nothing here. */
const RUNS = { ...READ_ONLY, idempotentHint: false };

const ScanSchema = AnalyzeSchema.extend({
  path: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe("File or folder below the served folder, instead of files"),
});
// The whole of a scenario would make the schema longer than the tools together.
const ProposeSchema = PatchInputSchema.omit({ patch: true }).extend({
  scenario: z
    .string()
    .max(100)
    .optional()
    .describe("Id of a scenario: proposals are verified by attacking it"),
});
const VerifySchema = ProposeSchema.omit({ attempts: true }).extend({
  patch: GivenPatchSchema.describe("Path -> new text or edits {search, replace, line?}; or a unified diff"),
});

/** One per connection or request; the tools are shared. */
export function createMcpServer({ tools, version, root }: McpOptions): McpServer {
  const server = new McpServer({ name: "ironbark", version }, { capabilities: { tools: {} } });

  const register = <S extends z.ZodObject>(
    name: string,
    title: string,
    description: string,
    schema: S,
    annotations: typeof READ_ONLY,
    call: (input: z.output<S>, run: SkillRun) => SkillAnswer | Promise<SkillAnswer>,
  ): void => {
    const answer = async (input: unknown, context: ServerContext): Promise<CallToolResult> => {
      const run = { signal: context.mcpReq.signal, say: () => {} };
      try {
        const { text, data } = await call(schema.parse(input), run);
        return { content: [{ type: "text", text }], structuredContent: { ...data } };
      } catch (error) {
        return { content: [{ type: "text", text: reasonOf(error) }], isError: true };
      }
    };
    const inputSchema: z.ZodObject = schema;
    server.registerTool(name, { title, description, inputSchema, annotations }, answer);
  };

  register(
    "scan",
    "Scan code",
    "Find weaknesses in Python and JavaScript sources with static analyzers. Give path, files or code.",
    ScanSchema,
    READ_ONLY,
    (input, run) => scan(tools, root, input, run),
  );
  register(
    "explain",
    "Explain a finding",
    "What a weakness lets an attacker do and how it is fixed, with the line in its surroundings.",
    ExplainSchema,
    READ_ONLY,
    explain,
  );
  register(
    "propose_patch",
    "Propose a patch",
    "Propose a fix as a diff. Verified by running it when a scenario or tests are given, and said to be unverified when not.",
    ProposeSchema,
    RUNS,
    (input, run) => patchCode(tools, input, run),
  );
  register(
    "verify_patch",
    "Verify a patch",
    "Run a patch in isolation: against a scenario's checks and attacks, or against tests of a program.",
    VerifySchema,
    RUNS,
    (input, run) => patchCode(tools, { ...input, attempts: 1 }, run),
  );
  register(
    "classify_cwe",
    "Classify a weakness",
    "Name the weakness (CWE) that an advisory speaks of.",
    ClassifySchema,
    READ_ONLY,
    (input) => classify(tools, input),
  );
  register(
    "triage_http",
    "Triage HTTP",
    "Decide by rules what a raw HTTP request and its response prove.",
    TriageSchema,
    READ_ONLY,
    triage,
  );
  return server;
}

async function scan(
  tools: SkillTools,
  root: string | undefined,
  { path, ...input }: z.output<typeof ScanSchema>,
  run: SkillRun,
): Promise<SkillAnswer> {
  if (path === undefined) return analyze(tools, input, run);
  if (root === undefined) throw new InputError("path: this server serves no folder; send files or code");
  if (input.files !== undefined || input.code !== undefined)
    throw new InputError("path: expected neither files nor code beside it");
  const { files, skipped } = await readFolder(root, path);
  const { text, data } = await analyzeFiles(tools, files, run);
  const left = skipped.map((one) => `Left out: ${one.path} (${one.reason}).`);
  return { text: [text, ...left].join("\n"), data: { ...data, skipped } };
}

function reasonOf(error: unknown): string {
  if (error instanceof IronbarkError)
    return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  return error instanceof Error && error.name === "AbortError" ? "canceled" : "internal error";
}
