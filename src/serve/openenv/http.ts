/** The HTTP routes of an environment server. Stateless: reset and step build a fresh environment and close it. */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { ResetOptions, StepResult } from "../../core/environment.ts";
import { InputError } from "../../core/errors.ts";
import { errorDetails, type ErrorDetail } from "./details.ts";
import { answerText } from "./json-rpc.ts";
import { observationSchema, openApi } from "./openapi.ts";
import {
  DEFAULT_MAX_MESSAGE_BYTES,
  toWire,
  type EnvServerOptions,
  type ServedEnvironment,
} from "./options.ts";

const ResetBody = z.looseObject({
  seed: z.int().nonnegative().nullish(),
  episode_id: z.string().max(255).nullish(),
});

const StepBody = z.looseObject({
  action: z.record(z.string(), z.unknown()),
  timeout_s: z.number().positive().nullish(),
  request_id: z.string().max(255).nullish(),
});

const ROUTES: Readonly<Record<string, "GET" | "POST">> = {
  "/health": "GET",
  "/metadata": "GET",
  "/schema": "GET",
  "/state": "GET",
  "/openapi.json": "GET",
  "/reset": "POST",
  "/step": "POST",
  "/mcp": "POST",
};

export function httpRoutes<Action>(options: EnvServerOptions<Action>): Hono {
  const app = new Hono();
  const { action, state } = options.schemas;
  const schemas = { action, observation: observationSchema(options.schemas.observation), state };
  const document = openApi({ ...options, schemas });
  const metadata = {
    name: options.name,
    description: options.description,
    readme_content: null,
    version: options.version ?? null,
    author: null,
    documentation_url: null,
  };
  const tooLarge = (c: Context): Response => c.json({ detail: "Content Too Large" }, 413);
  const maxSize = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
  app.use(bodyLimit({ maxSize, onError: tooLarge }));

  app.get("/health", (c) => c.json({ status: "healthy" }));
  app.get("/metadata", (c) => c.json(metadata));
  app.get("/schema", (c) => c.json(schemas));
  app.get("/openapi.json", (c) => c.json(document));
  app.get("/state", async (c) => c.json(await withFresh(options, async (env) => env.state())));
  app.post("/mcp", async (c) => c.json(answerText(await c.req.text())));

  app.post("/reset", async (c) => {
    const body = await readBody(c, ResetBody, {});
    if (!body.ok) return c.json({ detail: body.detail }, 422);
    return reply(c, () => withFresh(options, (env) => env.reset(body.value as ResetOptions)));
  });
  app.post("/step", async (c) => {
    const body = await readBody(c, StepBody, undefined);
    if (!body.ok) return c.json({ detail: body.detail }, 422);
    const parsed = options.action.safeParse(body.value.action);
    if (!parsed.success) return c.json({ detail: errorDetails(parsed.error, body.value.action) }, 422);
    return reply(c, () => withFresh(options, (env) => env.step(parsed.data as never)));
  });

  app.notFound((c) => {
    const method = Object.hasOwn(ROUTES, c.req.path) ? ROUTES[c.req.path] : undefined;
    if (method === undefined) return c.json({ detail: "Not Found" }, 404);
    return c.json({ detail: "Method Not Allowed" }, 405, { allow: method });
  });
  app.onError((_error, c) => c.text("Internal Server Error", 500));
  return app;
}

async function withFresh<Action, T>(
  options: EnvServerOptions<Action>,
  use: (env: ServedEnvironment) => Promise<T>,
): Promise<T> {
  const env = options.environment();
  try {
    return await use(env);
  } finally {
    await env.close();
  }
}

async function reply(c: Context, work: () => Promise<StepResult<object>>): Promise<Response> {
  try {
    return c.json(toWire(await work()));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return c.json({ detail: [{ type: "value_error", loc: ["body"], msg: error.message }] }, 422);
  }
}

type Body<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly detail: readonly ErrorDetail[] };

/** `whenEmpty` undefined means that a body is required. */
async function readBody<T>(c: Context, schema: z.ZodType<T>, whenEmpty: unknown): Promise<Body<T>> {
  const text = await c.req.text();
  if (text === "" && whenEmpty === undefined)
    return { ok: false, detail: [{ type: "missing", loc: ["body"], msg: "Field required", input: null }] };
  let raw: unknown;
  try {
    raw = text === "" ? whenEmpty : JSON.parse(text);
  } catch (error) {
    const ctx = { error: error instanceof Error ? error.message : String(error) };
    return {
      ok: false,
      detail: [{ type: "json_invalid", loc: ["body", 0], msg: "JSON decode error", input: {}, ctx }],
    };
  }
  const parsed = schema.safeParse(raw ?? whenEmpty);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, detail: errorDetails(parsed.error, raw, ["body"]) };
}
