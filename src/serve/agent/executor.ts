/** Runs work as A2A tasks: states in their order, cancellation, and what each kind of failure looks like to a client. */
import { Role, TaskState, type Part } from "@a2a-js/sdk";
import type { AgentExecutor, ExecutionEventBus, RequestContext } from "@a2a-js/sdk/server";
import { InputError, IronbarkError } from "../../core/errors.ts";
import { artifactEvent, statusEvent, taskEvent, type ArtifactSpec, type TaskName } from "./events.ts";

export interface WorkRequest {
  readonly name: TaskName;
  /** Of every message that the client has sent to this task, in order. */
  readonly parts: readonly Part[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface WorkRun {
  readonly signal: AbortSignal;
  /** A status update `working`. */
  readonly say: (text: string) => void;
  readonly artifact: (artifact: ArtifactSpec) => void;
}

/** How the work ended; its results have been handed out as artifacts. */
export interface WorkEnd {
  readonly state: "completed" | "input-required" | "rejected" | "failed";
  readonly text: string;
}

/**
 * Throws InputError for what the client has to change (the task is rejected) and any other error of ours for what it
 * cannot help (the task has failed).
 */
export type Work = (request: WorkRequest, run: WorkRun) => Promise<WorkEnd>;

const STATES = {
  completed: TaskState.TASK_STATE_COMPLETED,
  "input-required": TaskState.TASK_STATE_INPUT_REQUIRED,
  rejected: TaskState.TASK_STATE_REJECTED,
  failed: TaskState.TASK_STATE_FAILED,
} as const;

interface Running {
  readonly name: TaskName;
  readonly controller: AbortController;
}

/** At most `parallel` tasks work at once; the others wait as submitted. */
export function createExecutor(
  work: Work,
  { parallel = 4 }: { readonly parallel?: number } = {},
): AgentExecutor {
  const running = new Map<string, Running>();
  /** Tasks that wait for input; their context is needed to cancel them. */
  const waiting = new Map<string, TaskName>();
  const turn = turns(parallel);

  const execute = async (context: RequestContext, bus: ExecutionEventBus): Promise<void> => {
    const name = { taskId: context.taskId, contextId: context.contextId };
    const controller = new AbortController();
    const { signal } = controller;
    running.set(name.taskId, { name, controller });
    waiting.delete(name.taskId);
    bus.publish(taskEvent(context));
    const publish = (event: Parameters<ExecutionEventBus["publish"]>[0]): void => {
      // What comes after a cancellation would bring the task back to life.
      if (!signal.aborted) bus.publish(event);
    };
    const run: WorkRun = {
      signal,
      say: (text) => publish(statusEvent(name, TaskState.TASK_STATE_WORKING, text)),
      artifact: (artifact) => publish(artifactEvent(name, artifact)),
    };
    let release: (() => void) | undefined;
    try {
      release = await turn(signal);
      publish(statusEvent(name, TaskState.TASK_STATE_WORKING));
      const end = await untilAborted(work(requestOf(context, name), run), signal);
      if (end.state === "input-required") waiting.set(name.taskId, name);
      publish(statusEvent(name, STATES[end.state], end.text));
    } catch (error) {
      publish(statusEvent(name, ...endOf(error)));
    } finally {
      release?.();
      running.delete(name.taskId);
    }
  };

  const cancelTask = async (taskId: string, bus: ExecutionEventBus): Promise<void> => {
    const at = running.get(taskId);
    const name = at?.name ?? waiting.get(taskId);
    if (name === undefined) return bus.finished();
    at?.controller.abort();
    waiting.delete(taskId);
    bus.publish(statusEvent(name, TaskState.TASK_STATE_CANCELED, "Canceled by the client."));
    // A task that is working has its bus ended when `execute` returns.
    if (at === undefined) bus.finished();
  };

  return { execute, cancelTask };
}

function requestOf({ task, userMessage, request }: RequestContext, name: TaskName): WorkRequest {
  const before = task?.history.filter(({ role }) => role === Role.ROLE_USER) ?? [];
  const messages = before.some(({ messageId }) => messageId === userMessage.messageId)
    ? before
    : [...before, userMessage];
  return {
    name,
    parts: messages.flatMap(({ parts }) => parts),
    metadata: Object.assign({}, request.metadata, ...messages.map(({ metadata }) => metadata)) as Record<
      string,
      unknown
    >,
  };
}

/** Our own errors are written for people; of any other the client learns nothing, as it may name inner things. */
function endOf(error: unknown): [TaskState, string] {
  if (error instanceof InputError) return [STATES.rejected, error.message];
  if (error instanceof IronbarkError)
    return [STATES.failed, `${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`];
  return [STATES.failed, "internal error"];
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {});
  const aborted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
  return Promise.race([work, aborted]);
}

/** Hands out `most` turns; a waiting one that is aborted leaves the line. */
function turns(most: number): (signal: AbortSignal) => Promise<() => void> {
  let free = most;
  const line: (() => void)[] = [];
  const release = (): void => {
    const next = line.shift();
    if (next === undefined) free++;
    else next();
  };
  return (signal) =>
    new Promise((resolve, reject) => {
      const enter = (): void => resolve(release);
      if (free > 0) {
        free--;
        return enter();
      }
      line.push(enter);
      signal.addEventListener("abort", () => {
        const at = line.indexOf(enter);
        if (at < 0) return;
        line.splice(at, 1);
        reject(signal.reason as Error);
      });
    });
}
