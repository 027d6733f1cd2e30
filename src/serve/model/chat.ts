/** `/v1/chat/completions`: an answer to messages, whole or as a stream, with calls of tools. */
import { randomUUID } from "node:crypto";
import type { AnswerPart, NamedLogprob, TokenProbability } from "../../model/generation/answer.ts";
import type { Admission, Job } from "./admission.ts";
import type { ChatBody } from "./bodies.ts";
import { ApiError } from "./errors.ts";
import { formatOf, samplingOf, seedsOf, templateMessages } from "./prompts.ts";
import { eventStream } from "./sse.ts";
import { autoReader, forcedReader, plainReader, type Piece, type ToolReader } from "./tool-calls.ts";

/** What the request leaves open. */
export interface ChatTarget {
  /** As the client named it. */
  readonly model: string;
  readonly adapter: string | undefined;
}

interface Reading {
  readonly reader: () => ToolReader;
  readonly json: object | true | undefined;
  readonly tools: readonly object[];
}

/** Throws ApiError and what the engine refuses. */
export async function chat(
  body: ChatBody,
  { model, adapter }: ChatTarget,
  admission: Admission,
  signal: AbortSignal,
): Promise<Response> {
  const reading = readingOf(body);
  const logprobs = body.logprobs === true ? (body.top_logprobs ?? 0) : undefined;
  if (logprobs === undefined && body.top_logprobs)
    throw new ApiError(400, "top_logprobs: expected logprobs to be true", null, "top_logprobs");
  const maxTokens = body.max_completion_tokens ?? body.max_tokens ?? undefined;
  const job = await admission.start(
    [
      {
        prompt: { messages: templateMessages(body.messages), tools: reading.tools },
        seeds: seedsOf(body),
        adapter,
        sampling: samplingOf(body, maxTokens, logprobs),
        stop: body.stop,
        json: reading.json,
      },
    ],
    signal,
  );
  const head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
  const maxCalls = body.parallel_tool_calls === false ? 1 : Infinity;
  const answers = Array.from({ length: body.n ?? 1 }, () =>
    createAnswer(reading.reader(), { logprobs: logprobs !== undefined, maxCalls }),
  );
  return body.stream === true ? streamed(body, head, job, answers) : whole(head, job, answers);
}

interface Head {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

async function whole(head: Head, job: Job, answers: readonly Answer[]): Promise<Response> {
  await job.each((_, part) => void answers[part.answer]!.push(part));
  return Response.json({
    ...head,
    object: "chat.completion",
    choices: answers.map((answer, index) => ({
      index,
      message: {
        role: "assistant",
        content: answer.text === "" && answer.calls.length > 0 ? null : answer.text,
        refusal: null,
        ...(answer.calls.length > 0 ? { tool_calls: answer.calls } : {}),
      },
      logprobs: answer.logprobs === undefined ? null : { content: answer.logprobs, refusal: null },
      finish_reason: answer.finish,
    })),
    usage: usageOf(job),
  });
}

function streamed(body: ChatBody, head: Head, job: Job, answers: readonly Answer[]): Response {
  const withUsage = body.stream_options?.include_usage === true;
  const common = { ...head, object: "chat.completion.chunk" };
  const produce = async (send: (data: object) => void): Promise<void> => {
    const sendChoice = (choice: object): void =>
      send({ ...common, choices: [choice], ...(withUsage ? { usage: null } : {}) });
    answers.forEach((_, index) =>
      sendChoice({ index, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }),
    );
    await job.each((_, part) => {
      const answer = answers[part.answer]!;
      const before = answer.calls.length;
      const pieces = answer.push(part);
      const own = part.logprob === undefined ? null : { content: [chatLogprob(part.logprob)], refusal: null };
      let logprobs = answer.logprobs === undefined ? null : own;
      let calls = before;
      const sendDelta = (delta: object): void => {
        sendChoice({ index: part.answer, delta, logprobs, finish_reason: null });
        logprobs = null;
      };
      for (const piece of pieces) {
        if ("text" in piece) sendDelta({ content: piece.text });
        else sendDelta({ tool_calls: [{ index: calls, ...answer.calls[calls++]! }] });
      }
      if (logprobs !== null) sendDelta({ content: "" });
      if (part.finish !== undefined)
        sendChoice({ index: part.answer, delta: {}, logprobs: null, finish_reason: answer.finish });
    });
    if (withUsage) send({ ...common, choices: [], usage: usageOf(job) });
  };
  return eventStream(produce, job.cancel);
}

export const usageOf = ({ promptTokens, newTokens }: Job): object => ({
  prompt_tokens: promptTokens,
  completion_tokens: newTokens,
  total_tokens: promptTokens + newTokens,
});

/** Which tools may be called, and what the answer is read and constrained by. Throws ApiError. */
function readingOf(body: ChatBody): Reading {
  const { tools: given, tool_choice: choice, response_format: format } = body;
  const tools = given ?? [];
  const json = formatOf(format);
  if (tools.length === 0) {
    if (typeof choice === "object" && choice !== null)
      throw new ApiError(400, "tool_choice: there are no tools", null, "tool_choice");
    return { reader: plainReader, json, tools };
  }
  if (choice === "none") return { reader: plainReader, json, tools };
  if (choice === undefined || choice === null || choice === "auto") {
    if (json !== undefined) return { reader: plainReader, json, tools };
    const names = new Set(tools.map((tool) => tool.function.name));
    return { reader: () => autoReader(names), json, tools };
  }
  if (json !== undefined)
    throw new ApiError(400, "response_format: not together with a required tool", null, "response_format");
  const parametersOf = (tool: (typeof tools)[number]): object =>
    tool.function.parameters ?? { type: "object", additionalProperties: false };
  if (choice === "required") {
    const calls = tools.map((tool) => ({
      type: "object",
      properties: { name: { const: tool.function.name }, arguments: parametersOf(tool) },
      required: ["name", "arguments"],
    }));
    return { reader: () => forcedReader(undefined), json: anyOfCalls(calls), tools };
  }
  const named = tools.find((tool) => tool.function.name === choice.function.name);
  if (named === undefined)
    throw new ApiError(400, `tool_choice: there is no tool ${choice.function.name}`, null, "tool_choice");
  return { reader: () => forcedReader(choice.function.name), json: parametersOf(named), tools };
}

/** `anyOf` over calls, whose schemas' references are moved to where the schemas now stand. */
function anyOfCalls(calls: readonly object[]): object {
  const moved = calls.map(
    (call, index) =>
      JSON.parse(JSON.stringify(call), (key, value: unknown) =>
        key === "$ref" && typeof value === "string" && value.startsWith("#")
          ? `#/anyOf/${index}/properties/arguments${value.slice(1)}`
          : value,
      ) as object,
  );
  return { anyOf: moved };
}

interface WireCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

/** One answer as it grows. */
interface Answer {
  readonly text: string;
  readonly calls: readonly WireCall[];
  readonly logprobs: readonly object[] | undefined;
  readonly finish: string | null;
  push(part: AnswerPart): Piece[];
}

function createAnswer(
  reader: ToolReader,
  wanted: { readonly logprobs: boolean; readonly maxCalls: number },
): Answer {
  const calls: WireCall[] = [];
  const logprobs: object[] | undefined = wanted.logprobs ? [] : undefined;
  let text = "";
  let finish: string | null = null;
  return {
    get text() {
      return text;
    },
    calls,
    logprobs,
    get finish() {
      return finish;
    },
    push(part) {
      const read = [...reader.push(part.text), ...(part.finish === undefined ? [] : reader.end())];
      const room = wanted.maxCalls - calls.length;
      const pieces = read.filter(
        (piece, at) => "text" in piece || read.slice(0, at).filter((one) => "call" in one).length < room,
      );
      for (const piece of pieces) {
        if ("text" in piece) text += piece.text;
        else calls.push({ id: `call_${randomUUID()}`, type: "function", function: piece.call });
      }
      if (part.logprob !== undefined) logprobs?.push(chatLogprob(part.logprob));
      if (part.finish !== undefined) finish = calls.length > 0 ? "tool_calls" : part.finish;
      return pieces;
    },
  };
}

function chatLogprob({ top, ...own }: NamedLogprob): object {
  const wire = ({ token, logprob, bytes }: TokenProbability): object => ({ token, logprob, bytes });
  return { ...wire(own), top_logprobs: top.map(wire) };
}
