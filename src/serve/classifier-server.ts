/** A classifier of weaknesses over HTTP, in the shape of Hugging Face's text-classification. */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { Classifier } from "../core/classification.ts";
import { maskCweIds } from "../data/cve/mentions.ts";
import { namedAnswers, type Catalogue } from "../data/cwe/index.ts";
import { listen } from "./listen.ts";

const MAX_BYTES = 4 * 1024 * 1024;
const text = z.string().regex(/\S/, "expected text that is not empty");

const BodySchema = z.strictObject({
  inputs: z.union([text, z.array(text).min(1).max(1024)]),
  parameters: z.strictObject({ top_k: z.int().positive().default(3) }).prefault({}),
});

export interface ClassifierServer {
  listen(port: number, host?: string): Promise<{ readonly port: number; readonly url: string }>;
  /** The classifier is the caller's to close. */
  close(): Promise<void>;
}

/**
 * `POST /classify` takes `{"inputs": TEXT or [TEXT, ...], "parameters": {"top_k": N}}` and answers with a list of labels,
 * or a list of lists; `GET /health` says which labels there are.
 */
export function createClassifierServer(classifier: Classifier, catalogue: Catalogue): ClassifierServer {
  const http = createAdaptorServer({ fetch: classifierRoutes(classifier, catalogue).fetch }) as Server;
  return {
    listen: (port, host = "127.0.0.1") => listen(http, port, host),
    close: async () => {
      const stopped = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeAllConnections();
      await stopped;
    },
  };
}

export function classifierRoutes(classifier: Classifier, catalogue: Catalogue): Hono {
  const app = new Hono();
  const tooLarge = (c: Context): Response =>
    c.json({ error: `more than ${MAX_BYTES} bytes` }, 413, { Connection: "close" });
  app.use(bodyLimit({ maxSize: MAX_BYTES, onError: tooLarge }));
  app.get("/health", (c) => c.json({ status: "healthy", labels: classifier.labels }));
  app.post("/classify", async (c) => {
    const body: unknown = await c.req.json().catch(() => undefined);
    if (body === undefined) return c.json({ error: "expected a JSON body" }, 400);
    const parsed = BodySchema.safeParse(body);
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      return c.json({ error: `${issue.path.join(".") || "body"}: ${issue.message}` }, 422);
    }
    const { inputs, parameters } = parsed.data;
    const texts = typeof inputs === "string" ? [inputs] : inputs;
    // Models are trained on masked texts, as on the command line.
    const found = await classifier.classify(texts.map((one) => maskCweIds(one)));
    const answers = found.map((one) => namedAnswers(one, parameters.top_k, catalogue));
    return c.json(typeof inputs === "string" ? answers[0]! : answers);
  });
  app.notFound((c) => c.json({ error: "Not Found" }, 404));
  return app;
}
