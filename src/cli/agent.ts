/** What the commands that serve skills share: their flags, and the tools that the flags ask for. */
import { existsSync } from "node:fs";
import { InputError } from "../core/errors.ts";
import type { Sampler } from "../core/sampler.ts";
import type { SkillTools } from "../skills/types.ts";
import { ANALYZERS_ARG, openAnalyzers } from "./analyzers.ts";

export const SKILL_ARGS = {
  analyzers: { ...ANALYZERS_ARG.analyzers, default: "flows,bandit,javascript" },
  model: { type: "string", description: "A checkpoint that proposes and adds findings", valueHint: "DIR" },
  endpoint: {
    type: "string",
    description:
      "An OpenAI-compatible endpoint instead, up to and with /v1; its key is read from OPENAI_API_KEY",
    valueHint: "URL",
  },
  "endpoint-model": { type: "string", description: "The model's name at the endpoint", valueHint: "NAME" },
  classifier: {
    type: "string",
    description: "Folder of a classifier of weaknesses; without one advisories are classified by their words",
    valueHint: "DIR",
  },
  unsafe: { type: "boolean", description: "Run the applications without isolation" },
} as const;

export interface SkillFlags {
  readonly analyzers: string;
  readonly model?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly "endpoint-model"?: string | undefined;
  readonly classifier?: string | undefined;
  readonly unsafe?: boolean | undefined;
}

export interface OpenTools extends SkillTools {
  readonly unsafe: boolean;
  close(): Promise<void>;
}

/** Starts no sandbox yet. The caller closes it. Throws InputError for flags that do not fit together. */
export async function openSkillTools(flags: SkillFlags): Promise<OpenTools> {
  const { openVerifier } = await import("../verify/index.ts");
  const { createProgramGrader } = await import("../verify/programs/index.ts");
  const { createProgramPool } = await import("../sandbox/index.ts");
  const { namedScenarios, isShipped } = await import("./scenarios.ts");
  const sampler = await samplerOf(flags);
  const analyzer = await openAnalyzers(flags.analyzers);
  const verifier = openVerifier({ unsafe: flags.unsafe === true });
  const pool = createProgramPool();
  const classifier = flags.classifier === undefined ? undefined : await classifierOf(flags.classifier);
  return {
    sampler,
    analyzer,
    classifier,
    verifier,
    grader: createProgramGrader({ pool }),
    unsafe: verifier.unsafe,
    // Only what is shipped: a path of a stranger's choice is not opened.
    scenario: async (id) =>
      /^[a-z0-9][a-z0-9._-]*$/.test(id) && isShipped(id) ? (await namedScenarios(id, 1))[0] : undefined,
    async close() {
      await Promise.all([
        analyzer.close(),
        verifier.close(),
        pool.close(),
        sampler?.close(),
        classifier?.classifier.close(),
      ]);
    },
  };
}

async function samplerOf({
  model,
  endpoint,
  "endpoint-model": name,
}: SkillFlags): Promise<Sampler | undefined> {
  if (model !== undefined && endpoint !== undefined)
    throw new InputError("give --model or --endpoint, not both");
  if ((endpoint === undefined) !== (name === undefined))
    throw new InputError("--endpoint and --endpoint-model: expected both or neither");
  const { createEndpointSampler, openCheckpointSampler } = await import("../model/samplers/index.ts");
  if (endpoint !== undefined) {
    if (!URL.canParse(endpoint)) throw new InputError(`--endpoint ${endpoint}: expected an address`);
    const apiKey = process.env["OPENAI_API_KEY"];
    return createEndpointSampler({ name: name!, url: endpoint, model: name!, apiKey, tries: 2 });
  }
  if (model === undefined) return undefined;
  if (!existsSync(model)) throw new InputError(`--model ${model}: no such folder`);
  return openCheckpointSampler({ name: model, checkpoint: model });
}

async function classifierOf(folder: string): Promise<NonNullable<SkillTools["classifier"]>> {
  const { classifierFolder, openClassifier } = await import("./classifiers.ts");
  const opened = await openClassifier(classifierFolder(folder));
  return { name: folder, ...opened };
}
