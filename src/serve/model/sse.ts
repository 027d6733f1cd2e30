/** Server-sent events in the form of the OpenAI API: one JSON value each, `[DONE]` at the end. */
import { apiErrorOf } from "./errors.ts";

/**
 * `produce` sends until it returns; an error becomes the last event. `cancel` is called when the client goes before the
 * end, and `over` once in any case.
 */
export function eventStream(
  produce: (send: (data: object) => void) => Promise<void>,
  { cancel, over }: { readonly cancel: () => void; readonly over: (error?: unknown) => void },
): Response {
  const encoder = new TextEncoder();
  let gone = false;
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (data: object | "[DONE]"): void => {
        const text = data === "[DONE]" ? data : JSON.stringify(data);
        if (!gone) controller.enqueue(encoder.encode(`data: ${text}\n\n`));
      };
      let failure: unknown;
      try {
        await produce(send);
      } catch (error) {
        failure = error;
        send(apiErrorOf(error).body);
      }
      over(failure);
      send("[DONE]");
      if (!gone) controller.close();
    },
    cancel() {
      gone = true;
      cancel();
    },
  });
  return new Response(stream, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache",
      // Proxies that collect answers before they pass them on would make a stream one piece.
      "x-accel-buffering": "no",
    },
  });
}
