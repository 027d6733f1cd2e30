/** The HTTP routes of an environment server. Stateless: reset and step build a fresh environment and close it. */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { ResetOptions, StepResult } from "../../core/environment.ts";
import { InputError } from "../../core/errors.ts";
import { readBody } from "./body.ts";
import { errorDetails } from "./details.ts";
import { answerText } from "./json-rpc.ts";
import { observationSchema, openApi } from "./openapi.ts";
import { sameOrigin } from "../origin.ts";
import {
  DEFAULT_MAX_MESSAGE_BYTES,
  toWire,
  type EnvServerOptions,
  type ServedEnvironment,
} from "./options.ts";
import { freshEnvironment, type Sessions } from "./sessions.ts";
import { addTaskRoutes, checkSplit } from "./tasks.ts";
import { isToolStep, parseToolStep, toolStep } from "./tools.ts";
import { addWebRoutes } from "./web.ts";

const ResetBody = z.looseObject({
  seed: z.int().nonnegative().nullish(),
  episode_id: z.string().max(255).nullish(),
});

const StepBody = z.looseObject({
  action: z.record(z.string(), z.unknown()),
  timeout_s: z.number().positive().nullish(),
  request_id: z.string().max(255).nullish(),
});

/** Simulation only. */
const CONTROL: Readonly<Record<string, "GET" | "POST">> = {
  "/reset": "POST",
  "/step": "POST",
  "/state": "GET",
};
/** Both are for the answer 405. */
const ALWAYS: Readonly<Record<string, "GET" | "POST">> = {
  "/health": "GET",
  "/metadata": "GET",
  "/schema": "GET",
  "/openapi.json": "GET",
  "/list_environments": "GET",
  "/mcp": "POST",
};

export function httpRoutes<Action>(options: EnvServerOptions<Action>, sessions: Sessions<Action>): Hono {
  const app = new Hono();
  const routes = options.mode === "production" ? ALWAYS : { ...CONTROL, ...ALWAYS };
  const { action, state } = options.schemas;
  const observation = observationSchema(options.schemas.observation);
  const schemas = { action, observation, reset_observation: observation, state };
  const document = openApi({ ...options, schemas });
  const metadata = {
    name: options.name,
    description: options.description,
    readme_content: null,
    version: options.version ?? null,
    author: null,
    documentation_url: null,
  };
  const tooLarge = (c: Context): Response =>
    c.json({ detail: "Content Too Large" }, 413, { Connection: "close" });
  const maxSize = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
  app.use(bodyLimit({ maxSize, onError: tooLarge }));
  app.use(async (c, next) =>
    sameOrigin(c.req.header("origin"), c.req.header("host")) ? next() : c.json({ detail: "Forbidden" }, 403),
  );

  app.get("/health", (c) => c.json({ status: "healthy" }));
  app.get("/metadata", (c) => c.json(metadata));
  app.get("/schema", (c) => c.json(schemas));
  app.get("/openapi.json", (c) => c.json(document));
  app.post("/mcp", async (c) => c.json(await answerText({ options, sessions }, await c.req.text())));
  if (options.mode !== "production") addControl(app, options);
  addTaskRoutes(app, options as EnvServerOptions<never>);
  addWebRoutes(app);

  app.notFound((c) => {
    const method = Object.hasOwn(routes, c.req.path) ? routes[c.req.path] : undefined;
    if (method === undefined) return c.json({ detail: "Not Found" }, 404);
    return c.json({ detail: "Method Not Allowed" }, 405, { allow: method });
  });
  app.onError((_error, c) => c.text("Internal Server Error", 500));
  return app;
}

function addControl<Action>(app: Hono, options: EnvServerOptions<Action>): void {
  app.get("/state", async (c) => c.json(await withFresh(options, async (env) => env.state())));
  app.post("/reset", async (c) => {
    const body = await readBody(c, ResetBody, {});
    if (!body.ok) return c.json({ detail: body.detail }, 422);
    return reply(c, () => {
      checkSplit(options.tasks, body.value);
      return withFresh(options, (env) => env.reset(body.value as ResetOptions));
    });
  });
  app.post("/step", async (c) => {
    const body = await readBody(c, StepBody, undefined);
    if (!body.ok) return c.json({ detail: body.detail }, 422);
    if (isToolStep(options, body.value.action)) {
      const call = parseToolStep(body.value.action);
      if (!call.success) return c.json({ detail: errorDetails(call.error, body.value.action) }, 422);
      return reply(c, () => withFresh(options, (env) => toolStep(env, options, call.data)));
    }
    const parsed = options.action.safeParse(body.value.action);
    if (!parsed.success) return c.json({ detail: errorDetails(parsed.error, body.value.action) }, 422);
    return reply(c, () => withFresh(options, (env) => env.step(parsed.data as never)));
  });
}

async function withFresh<Action, T>(
  options: EnvServerOptions<Action>,
  use: (env: ServedEnvironment) => Promise<T>,
): Promise<T> {
  const env = freshEnvironment(options);
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
