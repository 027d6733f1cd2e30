/** An agent under assessment, spoken to over A2A in whichever version it offers; its answers are not trusted. */
import { randomUUID } from "node:crypto";
import { Role, TaskState, type Message, type Part, type Task } from "@a2a-js/sdk";
import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
  type Client,
} from "@a2a-js/sdk/client";
import { jsonIn } from "../../skills/index.ts";
import { dataPart, textPart } from "../agent/events.ts";

/** The agent cannot be reached: that says nothing about how good it is. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

export interface Reply {
  /** What looks most like an action; undefined when nothing does. */
  readonly action: unknown;
  /** The beginning of what was said, for the report. */
  readonly text: string;
}

export interface Conversation {
  /** Throws UnreachableError, and any other error for an answer that broke the protocol or took too long. */
  say(text: string, data: Readonly<Record<string, unknown>>): Promise<Reply>;
}

export interface Participant {
  /** Remembers nothing of any other. */
  converse(): Conversation;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const SHOWN = 300;

/** Reads the agent's card. Throws UnreachableError. */
export async function openParticipant(
  url: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Participant> {
  const limited = { fetchImpl: boundedFetch(signal, timeoutMs), legacyCompat: { enabled: true } };
  const factory = new ClientFactory({
    transports: [new JsonRpcTransportFactory(limited), new RestTransportFactory(limited)],
    cardResolver: new DefaultAgentCardResolver(limited),
  });
  let client: Client;
  try {
    // A card below the path of the address, as proxies want it.
    client = await factory.createFromUrl(url.endsWith("/") ? url : `${url}/`);
  } catch (cause) {
    throw new UnreachableError(`no agent card at ${url}: ${reasonOf(cause)}`, { cause });
  }
  return { converse: () => conversation(client) };
}

function conversation(client: Client): Conversation {
  let contextId = "";
  let taskId = "";
  return {
    async say(text, data) {
      const message: Message = {
        messageId: randomUUID(),
        contextId,
        taskId,
        role: Role.ROLE_USER,
        parts: [textPart(text), dataPart(data)],
        metadata: undefined,
        extensions: [],
        referenceTaskIds: [],
      };
      let answer: Message | Task;
      try {
        answer = await client.sendMessage({
          tenant: "",
          message,
          configuration: undefined,
          metadata: undefined,
        });
      } catch (cause) {
        if (isNetworkFault(cause)) throw new UnreachableError(reasonOf(cause), { cause });
        throw cause;
      }
      contextId = answer.contextId || contextId;
      // A task that waits for input goes on; one that has ended is followed by another in the same context.
      taskId =
        "status" in answer && answer.status?.state === TaskState.TASK_STATE_INPUT_REQUIRED ? answer.id : "";
      return replyOf(partsOf(answer));
    },
  };
}

/** Results before chatter. */
function partsOf(answer: Message | Task): readonly Part[] {
  if (!("status" in answer)) return (answer as Message).parts;
  return [...answer.artifacts.flatMap(({ parts }) => parts), ...(answer.status?.message?.parts ?? [])];
}

export function replyOf(parts: readonly Part[]): Reply {
  const values = parts.map(({ content }) =>
    content?.$case === "data"
      ? (content.value as unknown)
      : content?.$case === "text"
        ? jsonIn(content.value)
        : undefined,
  );
  const found = values.map(actionIn).find((action) => action !== undefined);
  const texts = parts.map(({ content }) => (content?.$case === "text" ? content.value : ""));
  return { action: found, text: texts.join("\n").trim().slice(0, SHOWN) };
}

const FLAT = ["command", "read_file", "identify_vuln", "patch", "terminate"];

/** The environment's own two forms, or either of them below a key `action`. */
function actionIn(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { action } = value as { action?: unknown };
  if (typeof action === "object" && action !== null) return actionIn(action);
  return typeof action === "string" || FLAT.some((key) => key in value) ? value : undefined;
}

/** An answer that never ends costs no more than its limit. */
function boundedFetch(signal: AbortSignal, timeoutMs: number): typeof fetch {
  return async (input, init) => {
    const signals = [signal, AbortSignal.timeout(timeoutMs), ...(init?.signal ? [init.signal] : [])];
    const response = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
    let left = MAX_ANSWER_BYTES;
    const limit = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        left -= chunk.length;
        if (left < 0) controller.error(new Error(`answered with more than ${MAX_ANSWER_BYTES} bytes`));
        else controller.enqueue(chunk);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body?.pipeThrough(limit) ?? null, { status, statusText, headers });
  };
}

/** `fetch` reports every fault of the connection as a TypeError with the system's error as its cause. */
const isNetworkFault = (error: unknown): boolean =>
  error instanceof Error &&
  ((error instanceof TypeError && error.cause instanceof Error) || isNetworkFault(error.cause));

export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return (cause instanceof Error && cause.message !== "" ? cause.message : message).slice(0, SHOWN);
}
