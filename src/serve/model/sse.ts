/** Server-sent events in the form of the OpenAI API: one JSON value each, `[DONE]` at the end. */
import { apiErrorOf } from "./errors.ts";

/** `produce` sends until it returns; an error becomes the last event. `cancel`: the client went before the end. */
export function eventStream(
  produce: (send: (data: object) => void) => Promise<void>,
  cancel: () => void,
): Response {
  const encoder = new TextEncoder();
  let gone = false;
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (data: object | "[DONE]"): void => {
        const text = data === "[DONE]" ? data : JSON.stringify(data);
        if (!gone) controller.enqueue(encoder.encode(`data: ${text}\n\n`));
      };
      try {
        await produce(send);
      } catch (error) {
        send(apiErrorOf(error).body);
      }
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
