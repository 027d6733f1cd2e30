/** Events of a task in the shape that the A2A SDK wants, where every field is present. */
import { randomUUID } from "node:crypto";
import { Role, TaskState, type Artifact, type Message, type Part, type Task } from "@a2a-js/sdk";
import { AgentEvent, type AgentExecutionEvent, type RequestContext } from "@a2a-js/sdk/server";

export interface TaskName {
  readonly taskId: string;
  readonly contextId: string;
}

const partRest = { metadata: undefined, filename: "" };

export const textPart = (text: string): Part => ({
  ...partRest,
  content: { $case: "text", value: text },
  mediaType: "text/plain",
});

export const dataPart = (value: unknown): Part => ({
  ...partRest,
  content: { $case: "data", value },
  mediaType: "application/json",
});

/** The first event of every execution, also of one that goes on with a task. */
export function taskEvent({ task, taskId, contextId, userMessage }: RequestContext): AgentExecutionEvent {
  const status = {
    state: TaskState.TASK_STATE_SUBMITTED,
    message: undefined,
    timestamp: new Date().toISOString(),
  };
  const fresh: Task = {
    id: taskId,
    contextId,
    status,
    artifacts: [],
    history: [userMessage],
    metadata: undefined,
  };
  return AgentEvent.task(task === undefined ? fresh : { ...task, status });
}

export function agentMessage({ taskId, contextId }: TaskName, parts: Part[]): Message {
  return {
    messageId: randomUUID(),
    role: Role.ROLE_AGENT,
    taskId,
    contextId,
    parts,
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  };
}

/** `text` undefined: a status without a message. */
export function statusEvent(name: TaskName, state: TaskState, text?: string): AgentExecutionEvent {
  const message = text === undefined ? undefined : agentMessage(name, [textPart(text)]);
  const status = { state, message, timestamp: new Date().toISOString() };
  return AgentEvent.statusUpdate({ ...name, status, metadata: undefined });
}

export interface ArtifactSpec {
  readonly id?: string;
  readonly name: string;
  readonly parts: Part[];
  /** Adds to the artifact of the same id. */
  readonly append?: boolean;
  readonly last?: boolean;
}

export function artifactEvent(
  name: TaskName,
  { id = randomUUID(), name: title, parts, append = false, last = true }: ArtifactSpec,
): AgentExecutionEvent {
  const artifact: Artifact = {
    artifactId: id,
    name: title,
    description: "",
    parts,
    metadata: undefined,
    extensions: [],
  };
  return AgentEvent.artifactUpdate({ ...name, artifact, append, lastChunk: last, metadata: undefined });
}
