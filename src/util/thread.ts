/** Calls between a thread and its worker: one promise per call, errors with their message and code. */
import { Worker, parentPort } from "node:worker_threads";

interface CallMessage {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

interface ReplyMessage {
  readonly id: number;
  readonly ok: boolean;
  readonly value: unknown;
}

/** What a worker says without being asked. */
interface EventMessage {
  readonly event: unknown;
}

export interface ThreadClient {
  call<T>(method: string, ...args: readonly unknown[]): Promise<T>;
  /** Ends the thread at once; calls under way are rejected. */
  terminate(): Promise<void>;
}

/**
 * Starts a worker on a module that calls `serveThread`. A `.ts` module (development, tests) is loaded through tsx,
 * since Node 20 cannot strip types itself. `onEvent` is told what the worker posts with `postEvent`, `onEnd` once when
 * the thread is no more, with the reason.
 */
export function startThread(
  module: URL,
  workerData: unknown,
  {
    onEvent = () => {},
    onEnd = () => {},
  }: { readonly onEvent?: (event: unknown) => void; readonly onEnd?: (error: Error) => void } = {},
): ThreadClient {
  const worker = new Worker(entryOf(module), { workerData });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let next = 0;
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    if (failure === undefined) onEnd(error);
    failure ??= error;
    for (const call of waiting.values()) call.reject(failure);
    waiting.clear();
  };
  worker.on("message", (reply: ReplyMessage | EventMessage) => {
    if ("event" in reply) return onEvent(reply.event);
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.ok) call?.resolve(reply.value);
    else call?.reject(reply.value as Error);
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", (code) => fail(new Error(`the worker thread ended (code ${code})`)));
  return {
    call: <T>(method: string, ...args: readonly unknown[]) =>
      new Promise<T>((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        const id = next++;
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        worker.postMessage({ id, method, args } satisfies CallMessage);
      }),
    terminate: async () => {
      await worker.terminate();
    },
  };
}

/** From a worker to the thread that started it. */
export function postEvent(event: unknown): void {
  parentPort!.postMessage({ event } satisfies EventMessage);
}

type Handler = (...args: never[]) => unknown;

/** Flags of the parent do not install tsx's hooks in a worker on Node 20: the worker has to ask for them itself. */
function entryOf(module: URL): URL {
  if (!module.pathname.endsWith(".ts")) return module;
  const tsx = import.meta.resolve("tsx/esm/api");
  const code = `import { register } from ${JSON.stringify(tsx)}; register(); await import(${JSON.stringify(module.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** The worker's side: answers calls one after another, in the order in which they came. */
export function serveThread(handlers: Readonly<Record<string, Handler>>): void {
  const port = parentPort;
  if (port === null) throw new Error("serveThread runs inside a worker thread");
  let queue = Promise.resolve();
  port.on("message", ({ id, method, args }: CallMessage) => {
    queue = queue.then(async () => {
      try {
        const handler = handlers[method];
        if (handler === undefined) throw new Error(`unknown method ${method}`);
        port.postMessage({ id, ok: true, value: await handler(...(args as never[])) } satisfies ReplyMessage);
      } catch (error) {
        port.postMessage({ id, ok: false, value: error } satisfies ReplyMessage);
      }
    });
  });
}
