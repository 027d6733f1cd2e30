/**
 * A system under test for the A2A compatibility kit: our server and executor around work that does what the kit asks
 * for by the prefix of a message's id. Prints its address and runs until it is ended.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentEvent, type AgentExecutor } from "@a2a-js/sdk/server";
import { agentMessage, dataPart, textPart } from "../../src/serve/agent/events.ts";
import { createAgentServer, createExecutor, type Work } from "../../src/serve/agent/index.ts";

const file = (content: { $case: "raw"; value: Buffer } | { $case: "url"; value: string }) => ({
  content,
  metadata: undefined,
  filename: "output.txt",
  mediaType: "text/plain",
});
const OUTPUT = file({ $case: "raw", value: Buffer.from("output") });

/** By prefix; the longest that fits counts. */
const TEXTS: Readonly<Record<string, readonly ReturnType<typeof textPart>[]>> = {
  "tck-artifact-text": [textPart("Generated text content")],
  "tck-artifact-file": [OUTPUT],
  "tck-artifact-file-url": [file({ $case: "url", value: "https://example.com/output.txt" })],
  "tck-artifact-data": [dataPart({ key: "value", count: 42 })],
  "tck-stream-001": [textPart("Stream hello from TCK")],
  "tck-stream-003": [textPart("Stream task lifecycle")],
  "tck-stream-ordering-001": [textPart("Ordered output")],
  "tck-stream-artifact-text": [textPart("Streamed text content")],
  "tck-stream-artifact-file": [OUTPUT],
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const behave =
  (messageId: string): Work =>
  async (_, { artifact, say }) => {
    const is = (prefix: string): boolean => messageId.startsWith(prefix);
    if (is("tck-reject-task")) return { state: "rejected", text: "rejected" };
    if (is("tck-complete-task")) return { state: "completed", text: "Hello from TCK" };
    if (is("test-resubscribe-message-id")) {
      say("working");
      await pause(2 * Number(process.env["TCK_STREAMING_TIMEOUT"] ?? 2) * 1000);
      return { state: "completed", text: "done" };
    }
    if (is("tck-stream-artifact-chunked")) {
      artifact({ id: "chunked", name: "chunked", parts: [textPart("chunk-1 ")], last: false });
      artifact({ id: "chunked", name: "chunked", parts: [textPart("chunk-2")], append: true });
      return { state: "completed", text: "done" };
    }
    const prefix = Object.keys(TEXTS)
      .filter(is)
      .toSorted((a, b) => b.length - a.length)[0];
    if (prefix !== undefined) {
      artifact({ name: prefix, parts: [...TEXTS[prefix]!] });
      return { state: "completed", text: "done" };
    }
    if (is("tck-stream-002")) return { state: "completed", text: "done" };
    // Everything else has to stay open, so that it can be continued and canceled.
    return { state: "input-required", text: "What else?" };
  };

const messages = new Map<string, string>();
const inner = createExecutor((request, run) => behave(messages.get(request.name.taskId)!)(request, run));
const executor: AgentExecutor = {
  cancelTask: inner.cancelTask,
  async execute(context, bus) {
    const { messageId } = context.userMessage;
    if (messageId.startsWith("tck-message-response")) {
      bus.publish(AgentEvent.message(agentMessage(context, [textPart("Direct message response")])));
      return bus.finished();
    }
    messages.set(context.taskId, messageId);
    return inner.execute(context, bus);
  },
};

/** In words that the kit's search for secrets in a card, which is one for "test" and "private" too, does not mind. */
const echo = {
  id: "echo",
  name: "Echo",
  description: "Answers as the kit asks",
  tags: ["kit"],
  examples: [],
};

const server = createAgentServer({
  card: { name: "Ironbark", description: "The kit's subject", version: "1.0.0", skills: [echo] },
  executor,
  folder: mkdtempSync(join(tmpdir(), "ironbark-tck-")),
  // The kit receives notifications on this machine.
  push: { allowPrivate: true },
  publicUrl: process.env["CARD_URL"],
});
const { url } = await server.listen(Number(process.env["PORT"] ?? 0), process.env["HOST"]);
process.stdout.write(`${url}\n`);
