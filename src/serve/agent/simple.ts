/** The plain HTTP interface of VulnHunter's agent, for clients that were written for it: no tasks, one answer each. */
import { Router, type Request } from "express";
import { InputError, IronbarkError } from "../../core/errors.ts";
import type { SkillAnswer } from "../../skills/index.ts";
import { SKILLS, type SkillId } from "./skill-list.ts";
import type { CallSkill } from "./skill-work.ts";

/** Its task types, and ours by their own names. */
const TYPES: Readonly<Record<string, SkillId>> = {
  analyze: "analyze",
  patch: "patch",
  classify: "classify",
  triage: "triage",
};

export interface SimpleFacts {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** What answers: the analyzers, and a model where there is one. */
  readonly model: string;
  readonly weaknesses: readonly string[];
}

/**
 * `POST /agent/task {"type", "code" or "message", ...}`, `POST /analyze?code=...` (or a JSON body with `code`) and
 * `GET /capabilities`. Answers `{"status": "success", "analysis", "result", "model"}`, or `status` and `error`.
 */
export function simpleRoutes(call: CallSkill, facts: SimpleFacts): Router {
  const router = Router();
  const capabilities = {
    name: facts.name,
    description: facts.description,
    version: facts.version,
    model: facts.model,
    supported_vulnerabilities: facts.weaknesses,
    skills: SKILLS.filter(({ id }) => id in TYPES).map(({ id, description }) => ({
      name: id,
      description,
      input_schema: { type: "object" },
    })),
  };

  const answer = async (
    request: Request,
    type: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<{ status: number; body: object }> => {
    const skill = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
    if (skill === undefined) return failure(400, `Unknown task type: ${type.slice(0, 80)}`);
    const gone = new AbortController();
    request.res?.on("close", () => gone.abort());
    try {
      const run = { signal: gone.signal, say: () => {}, conversation: "" };
      return success(await call(skill, input, run), facts.model);
    } catch (error) {
      if (error instanceof InputError) return failure(400, error.message);
      if (error instanceof IronbarkError) return failure(503, error.message);
      return failure(500, "internal error");
    }
  };

  router.get("/capabilities", (_, response) => {
    response.json(capabilities);
  });
  router.post("/agent/task", async (request, response) => {
    const body = objectOf(request.body);
    if (body === undefined)
      return void response.status(400).json(failure(400, "expected a JSON object").body);
    const { type = "analyze", message, ...rest } = body;
    if (type === "capabilities") return void response.json(capabilities);
    const input = { ...(type === "classify" ? { text: message } : { code: message }), ...withoutNull(rest) };
    const { status, body: said } = await answer(request, String(type), withoutNull(input));
    response.status(status).json(said);
  });
  router.post("/analyze", async (request, response) => {
    const code = objectOf(request.body)?.["code"] ?? request.query["code"];
    const input = { ...objectOf(request.body), code };
    const { status, body } = await answer(request, "analyze", withoutNull(input));
    response.status(status).json(body);
  });
  return router;
}

const success = ({ text, data }: SkillAnswer, model: string): { status: number; body: object } => ({
  status: 200,
  body: { status: "success", analysis: text, result: data, model },
});

const failure = (status: number, error: string): { status: number; body: object } => ({
  status,
  body: { status: "error", error },
});

const objectOf = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;

/** Python clients send fields that they do not use as null. */
const withoutNull = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
