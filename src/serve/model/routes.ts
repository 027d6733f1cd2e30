/** The model endpoint's routes: the OpenAI API's, vLLM's for adapters, Hugging Face's `/classify`, health and metrics. */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { EncoderEngine } from "../../model/encoder-engine.ts";
import type { GenerationEngine } from "../../model/generation/engine.ts";
import { sameOrigin } from "../origin.ts";
import { isSameKey } from "../same-key.ts";
import type { AdapterTable } from "./adapters.ts";
import { createAdmission } from "./admission.ts";
import {
  chatSchema,
  classifySchema,
  completionSchema,
  detokenizeSchema,
  embeddingSchema,
  loadAdapterSchema,
  parseBody,
  tokenizeSchema,
  unloadAdapterSchema,
} from "./bodies.ts";
import { chat, type ChatTarget } from "./chat.ts";
import { complete } from "./completions.ts";
import { classify, embeddings } from "./encoders.ts";
import { ApiError, apiErrorOf } from "./errors.ts";
import { createEndpointMetrics } from "./metrics.ts";
import { templateMessages } from "./prompts.ts";

export interface ModelRoutesOptions {
  /** As clients name the model. */
  readonly name: string;
  /** Folder of the checkpoint, as `/v1/models` shows it. */
  readonly root: string;
  /** One of both. */
  readonly engine?: GenerationEngine | undefined;
  readonly encoder?: EncoderEngine | undefined;
  readonly adapters?: AdapterTable | undefined;
  /** Any of these opens everything; none: everybody may. `/health` is open always. */
  readonly keys?: readonly string[];
  /** Answers at once, those being computed and those that wait; a request beyond it is answered 429. */
  readonly limit?: number;
  readonly maxBytes?: number;
}

const LIMIT = 288;
const MAX_BYTES = 4 * 1024 * 1024;
const RETRY_AFTER_S = "1";

export function modelRoutes(options: ModelRoutesOptions): Hono {
  const { name, root, engine, encoder, adapters, keys = [], limit = LIMIT, maxBytes = MAX_BYTES } = options;
  const created = Math.floor(Date.now() / 1000);
  const metrics = createEndpointMetrics();
  const admission = engine === undefined ? undefined : createAdmission(engine, metrics, limit);
  const app = new Hono();

  const refuse = (c: Context, error: ApiError): Response => {
    const headers: Record<string, string> = {};
    if (error.status === 429) headers["retry-after"] = RETRY_AFTER_S;
    if (error.status === 401) headers["www-authenticate"] = "Bearer";
    if (error.status === 413) headers["connection"] = "close";
    return c.json(error.body, error.status, headers);
  };
  app.onError((error, c) => refuse(c, apiErrorOf(error)));
  app.notFound((c) => refuse(c, new ApiError(404, `there is no ${c.req.method} ${c.req.path}`, "not_found")));
  app.use(async (c, next) => {
    await next();
    // Of paths that do not exist there is no end.
    metrics.request(c.res.status === 404 && !KNOWN.has(c.req.path) ? "other" : c.req.path, c.res.status);
  });
  app.get("/health", (c) =>
    engine?.alive === false ? c.json({ status: "engine ended" }, 503) : c.json({ status: "ok" }),
  );
  app.use(async (c, next) => {
    if (!sameOrigin(c.req.header("origin"), c.req.header("host")))
      throw new ApiError(403, "a page of another site may not use this endpoint", "cross_origin");
    if (keys.length > 0 && !keys.some((key) => isKey(c.req.header("authorization"), key)))
      throw new ApiError(401, "expected a valid key: Authorization: Bearer KEY", "invalid_api_key");
    await next();
  });
  app.use(
    bodyLimit({
      maxSize: maxBytes,
      onError: (c) => refuse(c, new ApiError(413, `the body has more than ${maxBytes} bytes`, "too_large")),
    }),
  );

  const target = (model: string): ChatTarget => {
    if (model === name) return { model, adapter: undefined };
    if (adapters?.has(model) === true) return { model, adapter: model };
    throw new ApiError(404, `there is no model ${JSON.stringify(model)}`, "model_not_found", "model");
  };
  const generating = (): { engine: GenerationEngine; admission: NonNullable<typeof admission> } => {
    if (engine === undefined || admission === undefined)
      throw new ApiError(400, `${name} is an encoder and writes no text`, "not_supported", "model");
    return { engine, admission };
  };
  const encoding = (can: boolean | undefined, what: string): EncoderEngine => {
    if (encoder === undefined || can !== true)
      throw new ApiError(400, `${name} has no ${what}`, "not_supported", "model");
    return encoder;
  };

  app.get("/metrics", (c) =>
    c.text(
      metrics.text({
        answers_running: engine?.running ?? 0,
        requests_waiting: engine?.waiting ?? 0,
        answers_asked: admission?.asked ?? 0,
        adapters: adapters?.list().length ?? 0,
      }),
    ),
  );

  const models = (): object[] => {
    const max = engine === undefined ? {} : { max_model_len: engine.maxPositions };
    const own = { object: "model", owned_by: "ironbark" };
    return [
      { id: name, ...own, created, root, parent: null, ...max },
      ...(adapters?.list() ?? []).map(({ name: id, path, sha256, created: at }) => {
        return { id, ...own, created: at, root: path, parent: name, sha256, ...max };
      }),
    ];
  };
  app.get("/v1/models", (c) => c.json({ object: "list", data: models() }));
  app.get("/v1/models/:id{.+}", (c) => {
    const id = c.req.param("id");
    const found = models().find((one) => (one as { id: string }).id === id);
    if (found === undefined)
      throw new ApiError(404, `there is no model ${JSON.stringify(id)}`, "model_not_found", "model");
    return c.json(found);
  });

  app.post("/v1/chat/completions", async (c) => {
    const body = parseBody(chatSchema, await readJson(c));
    const to = target(body.model);
    return chat(body, to, generating().admission, c.req.raw.signal);
  });
  app.post("/v1/completions", async (c) => {
    const body = parseBody(completionSchema, await readJson(c));
    return complete(body, target(body.model), generating(), c.req.raw.signal);
  });
  app.post("/v1/embeddings", async (c) => {
    const body = parseBody(embeddingSchema, await readJson(c));
    target(body.model);
    return c.json(await embeddings(body, encoding(encoder?.embeds, "embeddings")));
  });
  app.post("/classify", async (c) => {
    const body = parseBody(classifySchema, await readJson(c));
    if ("model" in body) target(body.model as string);
    return c.json(await classify(body, encoding((encoder?.labels.length ?? 0) > 0, "classes"), name));
  });

  app.post("/tokenize", async (c) => {
    const body = parseBody(tokenizeSchema, await readJson(c));
    const { engine: own } = generating();
    const tokens = await own.encode(
      "prompt" in body
        ? { text: body.prompt as string }
        : { messages: templateMessages(body.messages as Parameters<typeof templateMessages>[0]) },
    );
    return c.json({ count: tokens.length, max_model_len: own.maxPositions, tokens });
  });
  app.post("/detokenize", async (c) => {
    const { tokens } = parseBody(detokenizeSchema, await readJson(c));
    return c.json({ prompt: await generating().engine.decode(tokens) });
  });

  const table = (): AdapterTable => {
    if (adapters === undefined) throw new ApiError(400, `${name} takes no adapters`, "not_supported");
    // Loading reads files and takes memory: not for everybody on the network.
    if (keys.length === 0)
      throw new ApiError(403, "adapters are loaded over the network only where keys are set", "not_allowed");
    return adapters;
  };
  app.post("/v1/load_lora_adapter", async (c) => {
    const { lora_name: id, lora_path: path, sha256 } = parseBody(loadAdapterSchema, await readJson(c));
    await table().load(id, path, sha256);
    return c.text(`Success: LoRA adapter '${id}' added successfully.`);
  });
  app.post("/v1/unload_lora_adapter", async (c) => {
    const { lora_name: id } = parseBody(unloadAdapterSchema, await readJson(c));
    await table().unload(id);
    return c.text(`Success: LoRA adapter '${id}' removed successfully.`);
  });
  return app;
}

const KNOWN = new Set(
  `/v1/chat/completions /v1/completions /v1/embeddings /v1/models /classify /health /metrics /tokenize /detokenize
  /v1/load_lora_adapter /v1/unload_lora_adapter`.split(/\s+/),
);

const isKey = (header: string | undefined, key: string): boolean =>
  isSameKey(/^Bearer +(.+)$/i.exec(header ?? "")?.[1] ?? "", key);

async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(400, "expected a JSON body");
  }
}
