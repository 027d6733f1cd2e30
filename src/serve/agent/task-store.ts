/** Tasks and their webhooks as one file each in a folder, so that both survive a restart. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  Task,
  TaskPushNotificationConfig,
  TaskState,
  type ListTasksRequest,
  type ListTasksResponse,
} from "@a2a-js/sdk";
import { RequestMalformedError } from "@a2a-js/sdk/errors";
import {
  resolveUserScope,
  type PushNotificationStore,
  type ServerCallContext,
  type StoredPushNotificationConfig,
  type TaskStore,
} from "@a2a-js/sdk/server";
import { InputError } from "../../core/errors.ts";
import { agentMessage, textPart } from "./events.ts";
import { pageOf, type Row } from "./task-pages.ts";

const MAX_TASKS = 10_000;
/** At once, when there are too many: those that were quiet longest. */
const FORGOTTEN = 100;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface StoredFile {
  readonly scope: string;
  readonly task: unknown;
  readonly webhooks: readonly { readonly config: unknown; readonly wireVersion: string }[];
}

interface Entry extends Row {
  readonly scope: string;
}

export interface FolderStore {
  readonly tasks: TaskStore;
  readonly webhooks: Required<PushNotificationStore>;
  /** Tasks that were under way when the folder was last used, and have failed with it. */
  readonly interrupted: number;
}

const UNDER_WAY = [TaskState.TASK_STATE_SUBMITTED, TaskState.TASK_STATE_WORKING];

/**
 * One process at a time. Files are readable by their owner only, as webhooks may carry credentials.
 * `checkWebhook` throws for an address that must not be called. Throws InputError for a file it cannot read.
 */
export function openFolderStore(
  folder: string,
  checkWebhook: (url: string) => Promise<unknown>,
): FolderStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const index = new Map<string, Entry>();
  /** Webhooks that came with a first message, until its task is saved. */
  const early = new Map<string, StoredFile["webhooks"]>();
  const pathOf = (id: string): string => join(folder, `${id}.json`);
  const scopeOf = (context: ServerCallContext): string =>
    `${context.tenant ?? ""}/${resolveUserScope(context)}`;

  const read = (id: string): StoredFile => {
    try {
      return JSON.parse(readFileSync(pathOf(id), "utf8")) as StoredFile;
    } catch (cause) {
      throw new InputError(`${pathOf(id)}: expected a stored task`, { cause });
    }
  };
  const write = (scope: string, task: Task, webhooks: StoredFile["webhooks"]): void => {
    const beside = join(folder, `.${task.id}.unfinished`);
    const stored: StoredFile = { scope, task: Task.toJSON(task), webhooks };
    writeFileSync(beside, JSON.stringify(stored), { mode: 0o600 });
    renameSync(beside, pathOf(task.id));
    const { id, contextId, status } = task;
    const state = status?.state ?? TaskState.TASK_STATE_UNSPECIFIED;
    index.set(id, { scope, id, contextId, state, timestamp: status?.timestamp ?? "" });
    if (index.size > MAX_TASKS) forgetOldest();
  };
  const forgetOldest = (): void => {
    const idle = [...index.values()].filter(({ state }) => !UNDER_WAY.includes(state));
    for (const { id } of idle.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1)).slice(0, FORGOTTEN)) {
      index.delete(id);
      rmSync(pathOf(id), { force: true });
    }
  };
  /** Undefined for a task of somebody else, which must look like none. */
  const own = (id: string, context: ServerCallContext): StoredFile | undefined =>
    index.get(id)?.scope === scopeOf(context) ? read(id) : undefined;

  let interrupted = 0;
  for (const file of readdirSync(folder)) {
    const id = file.slice(0, -".json".length);
    if (!file.endsWith(".json") || !ID.test(id)) continue;
    const { scope, task: json, webhooks } = read(id);
    let task = Task.fromJSON(json);
    if (UNDER_WAY.includes(task.status?.state ?? TaskState.TASK_STATE_UNSPECIFIED)) {
      task = afterRestart(task);
      interrupted++;
    }
    write(scope, task, webhooks);
  }

  return {
    interrupted,
    tasks: {
      async save(task, context) {
        const known = own(task.id, context);
        write(scopeOf(context), task, known?.webhooks ?? early.get(task.id) ?? []);
        early.delete(task.id);
      },
      async load(id, context) {
        const stored = own(id, context);
        return stored === undefined ? undefined : Task.fromJSON(stored.task);
      },
      async list(request: ListTasksRequest, context): Promise<ListTasksResponse> {
        const scope = scopeOf(context);
        const mine = [...index.values()].filter((entry) => entry.scope === scope);
        try {
          return pageOf(mine, request, (id) => Task.fromJSON(read(id).task));
        } catch (error) {
          return refuse(error);
        }
      },
    },
    webhooks: webhookStore(early, own, write, checkWebhook),
  };
}

function webhookStore(
  early: Map<string, StoredFile["webhooks"]>,
  own: (id: string, context: ServerCallContext) => StoredFile | undefined,
  write: (scope: string, task: Task, webhooks: StoredFile["webhooks"]) => void,
  check: (url: string) => Promise<unknown>,
): Required<PushNotificationStore> {
  const loadWithMetadata = async (
    taskId: string,
    context: ServerCallContext,
  ): Promise<StoredPushNotificationConfig[]> =>
    (own(taskId, context)?.webhooks ?? early.get(taskId) ?? []).map(({ config, wireVersion }) => ({
      config: TaskPushNotificationConfig.fromJSON(config),
      wireVersion,
    }));
  const replace = (
    taskId: string,
    context: ServerCallContext,
    change: (webhooks: StoredFile["webhooks"]) => StoredFile["webhooks"],
  ): void => {
    const stored = own(taskId, context);
    if (stored === undefined) early.set(taskId, change(early.get(taskId) ?? []));
    else write(stored.scope, Task.fromJSON(stored.task), change(stored.webhooks));
  };
  const idOf = ({ config }: StoredFile["webhooks"][number]): string =>
    TaskPushNotificationConfig.fromJSON(config).id;
  return {
    loadWithMetadata,
    async load(taskId, context) {
      return (await loadWithMetadata(taskId, context)).map(({ config }) => config);
    },
    async save(taskId, context, config) {
      await check(config.url).catch(refuse);
      // The protocol leaves the choice of an id to whoever creates the configuration first.
      config.id ||= taskId;
      const wireVersion = context.requestedVersion;
      const added = { config: TaskPushNotificationConfig.toJSON(config), wireVersion };
      replace(taskId, context, (webhooks) => [...webhooks.filter((one) => idOf(one) !== config.id), added]);
    },
    async delete(taskId, context, id = taskId) {
      replace(taskId, context, (webhooks) => webhooks.filter((one) => idOf(one) !== id));
    },
  };
}

/** What a client did wrong, in the protocol's own error. */
function refuse(error: unknown): never {
  throw error instanceof InputError ? new RequestMalformedError(error.message) : error;
}

function afterRestart(task: Task): Task {
  const message = agentMessage({ taskId: task.id, contextId: task.contextId }, [
    textPart("The server was restarted while this task was under way; send it again."),
  ]);
  const status = { state: TaskState.TASK_STATE_FAILED, message, timestamp: new Date().toISOString() };
  return { ...task, status };
}
