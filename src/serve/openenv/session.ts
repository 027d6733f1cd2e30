/** One WebSocket session: frames are answered strictly one by one, each with exactly one frame. */
import type { RawData, WebSocket } from "ws";
import { z } from "zod";
import type { ResetOptions } from "../../core/environment.ts";
import { errorDetails } from "./details.ts";
import { answerCall } from "./json-rpc.ts";
import { toWire, type EnvServerOptions, type ServedEnvironment } from "./options.ts";

const fields = z.record(z.string(), z.unknown());
const ENVELOPES = {
  reset: z.strictObject({ type: z.literal("reset"), data: fields.default({}) }),
  step: z.strictObject({ type: z.literal("step"), data: fields }),
  state: z.strictObject({ type: z.literal("state") }),
  close: z.strictObject({ type: z.literal("close") }),
  mcp: z.strictObject({ type: z.literal("mcp"), data: fields }),
};

type Reply = { readonly type: "observation" | "state" | "mcp" | "error"; readonly data: object };

/** Frames that may wait; above it the socket is not read, so that a client cannot fill the memory. */
const MAX_WAITING = 64;

/** The session cannot go on: one last frame, then close. */
class SessionEnd extends Error {
  readonly reply: Reply | undefined;
  constructor(reply: Reply | undefined) {
    super("session ended");
    this.reply = reply;
  }
}

export function errorReply(code: string, message: string, extra: object = {}): Reply {
  return { type: "error", data: { message, code, ...extra } };
}

/** Resolves when the socket is closed, no step is under way and the environment has been closed. Never rejects. */
export async function serveSession<Action>(
  socket: WebSocket,
  options: EnvServerOptions<Action>,
): Promise<void> {
  let env: ServedEnvironment;
  try {
    env = options.environment();
  } catch {
    const message = `Environment factory '${options.name}' failed to create instance.`;
    await sendReply(socket, errorReply("FACTORY_ERROR", message, { factory_name: options.name }));
    socket.close(1000);
    return;
  }
  let tail = Promise.resolve();
  let waiting = 0;
  socket.on("message", (data, isBinary) => {
    if (++waiting > MAX_WAITING) socket.pause();
    tail = tail.then(async () => {
      if (socket.readyState === socket.OPEN) await answerFrame(socket, env, options, data, isBinary);
      if (--waiting <= MAX_WAITING && socket.isPaused) socket.resume();
    });
  });
  await new Promise<void>((resolve) => socket.on("close", () => resolve()));
  // Closed at once, also during a step, so that a client that has gone keeps no sandbox busy.
  const closed = env.close().catch(() => {});
  await tail;
  await closed;
}

async function answerFrame<Action>(
  socket: WebSocket,
  env: ServedEnvironment,
  options: EnvServerOptions<Action>,
  data: RawData,
  isBinary: boolean,
): Promise<void> {
  try {
    if (isBinary) throw new SessionEnd(errorReply("SESSION_ERROR", "text frames only"));
    await sendReply(socket, await answerText(env, options, data.toString()));
  } catch (error) {
    if (!(error instanceof SessionEnd)) {
      await sendReply(
        socket,
        errorReply("EXECUTION_ERROR", error instanceof Error ? error.message : String(error)),
      );
      return;
    }
    if (error.reply !== undefined) await sendReply(socket, error.reply);
    socket.close(1000);
  }
}

/** Throws SessionEnd, or whatever the environment throws. */
async function answerText<Action>(
  env: ServedEnvironment,
  options: EnvServerOptions<Action>,
  text: string,
): Promise<Reply> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return errorReply(
      "INVALID_JSON",
      `Invalid JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    throw new SessionEnd(errorReply("SESSION_ERROR", "a message is a JSON object"));
  const type = String((raw as { type?: unknown }).type ?? "");
  if (!Object.hasOwn(ENVELOPES, type))
    return errorReply("UNKNOWN_TYPE", `Unknown message type: ${type.slice(0, 100)}`);
  const envelope = ENVELOPES[type as keyof typeof ENVELOPES].safeParse(raw);
  if (!envelope.success) return invalid(envelope.error, raw);
  const message = envelope.data;
  switch (message.type) {
    case "reset":
      return { type: "observation", data: toWire(await env.reset(message.data as ResetOptions)) };
    case "step": {
      const action = options.action.safeParse(message.data);
      if (!action.success) return invalid(action.error, message.data);
      return { type: "observation", data: toWire(await env.step(action.data as never)) };
    }
    case "state":
      return { type: "state", data: env.state() };
    case "mcp":
      return { type: "mcp", data: answerCall(message.data) };
    case "close":
      throw new SessionEnd(undefined);
  }
}

function invalid(error: z.ZodError, input: unknown): Reply {
  return errorReply("VALIDATION_ERROR", "Invalid message", { errors: errorDetails(error, input) });
}

/** Waits until the frame has been handed to the network: a client that does not read is not served further. */
export function sendReply(socket: WebSocket, reply: Reply): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve) => socket.send(JSON.stringify(reply), () => resolve()));
}
