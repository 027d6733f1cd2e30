/** Sends push notifications: in order per task, to checked addresses only, tried again while that can help. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { PushNotificationSender, PushNotificationStore } from "@a2a-js/sdk/server";
import { V1PushNotificationSerializer } from "@a2a-js/sdk/server";
import { V03PushNotificationSerializer } from "@a2a-js/sdk/compat/v0_3/server";
import { sleep } from "../../model/samplers/pace.ts";
import { checkWebhook, type Webhook, type WebhookRules } from "./webhook-guard.ts";

export interface PushOptions extends WebhookRules {
  readonly timeoutMs?: number;
  readonly tries?: number;
  /** Before the second try; doubles from try to try. */
  readonly backoffMs?: number;
  /** Told of a notification that was given up. */
  readonly onFailure?: (reason: string) => void;
}

/** Delivery is at least once: a receiver whose answer got lost sees a notification again. */
export function createPushSender(
  store: Required<PushNotificationStore>,
  options: PushOptions,
): PushNotificationSender {
  const { timeoutMs = 5000, tries = 3, backoffMs = 500, onFailure = () => {} } = options;
  const v1 = new V1PushNotificationSerializer();
  const v03 = new V03PushNotificationSerializer();
  const chains = new Map<string, Promise<void>>();

  const deliver = async (url: string, headers: Record<string, string>, body: string): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        // Checked each time: a name that was public when it was given may point inwards now.
        const status = await post((await checkWebhook(url, options))!, headers, body, timeoutMs);
        if (status < 300) return;
        if (status < 500 && status !== 429) return onFailure(`the webhook answered ${status}`);
        if (attempt >= tries) return onFailure(`the webhook answered ${status}, after ${tries} tries`);
      } catch (error) {
        if (attempt >= tries) return onFailure((error as Error).message);
      }
      await sleep(backoffMs * 2 ** (attempt - 1));
    }
  };

  return {
    async send(update, context, task) {
      const { payload } = update;
      const taskId = payload?.$case === "task" ? payload.value.id : payload?.value.taskId;
      if (!taskId) return;
      const webhooks = await store.loadWithMetadata(taskId, context);
      if (webhooks.length === 0) return;
      const before = chains.get(taskId) ?? Promise.resolve();
      const mine = before.then(async () => {
        await Promise.all(
          webhooks.map(({ config, wireVersion }) => {
            const { body, contentType } = (wireVersion === "0.3" ? v03 : v1).serialize(update, task);
            const { scheme, credentials } = config.authentication ?? {};
            const headers: Record<string, string> = { "content-type": contentType };
            if (scheme && credentials) headers["authorization"] = `${scheme} ${credentials}`;
            if (config.token) headers["x-a2a-notification-token"] = config.token;
            return deliver(config.url, headers, body);
          }),
        );
      });
      chains.set(taskId, mine);
      await mine.finally(() => {
        if (chains.get(taskId) === mine) chains.delete(taskId);
      });
    },
  };
}

/** Connects to the address that was checked; what a redirect points at is not followed. */
function post(
  { url, address, family }: Webhook,
  headers: Record<string, string>,
  body: string,
  timeoutMs: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, {
      method: "POST",
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      lookup: (_host, options, done) =>
        options.all === true ? done(null, [{ address, family }]) : done(null, address, family),
    });
    request.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject);
    request.end(body);
  });
}
