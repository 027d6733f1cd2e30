/** Lists tasks in pages, newest first, with a token that stays valid while tasks are added. */
import { TaskState, type ListTasksRequest, type ListTasksResponse, type Task } from "@a2a-js/sdk";
import { InputError } from "../../core/errors.ts";

export interface Row {
  readonly id: string;
  readonly contextId: string;
  readonly state: TaskState;
  /** Of the last status, ISO 8601. */
  readonly timestamp: string;
}

const DEFAULT_PAGE = 50;

/** Loads the tasks of one page only. Throws InputError for a token that was not made here. */
export function pageOf(
  rows: readonly Row[],
  request: ListTasksRequest,
  load: (id: string) => Task,
): ListTasksResponse {
  const { contextId, status, pageToken, statusTimestampAfter, includeArtifacts = false } = request;
  const pageSize = request.pageSize ?? DEFAULT_PAGE;
  const after = statusTimestampAfter === undefined ? undefined : Date.parse(statusTimestampAfter);
  const wanted = rows
    .filter((row) => !contextId || row.contextId === contextId)
    .filter((row) => !status || row.state === status)
    .filter((row) => after === undefined || Date.parse(row.timestamp) > after)
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1));
  const last = pageToken ? readToken(pageToken) : undefined;
  const rest = last === undefined ? wanted : wanted.filter((row) => keyOf(row) < last);
  const page = rest.slice(0, pageSize);
  const more = rest.length > page.length;
  return {
    tasks: page.map(({ id }) => {
      const task = load(id);
      return includeArtifacts ? task : { ...task, artifacts: [] };
    }),
    nextPageToken: more ? Buffer.from(keyOf(page.at(-1)!)).toString("base64url") : "",
    pageSize,
    totalSize: wanted.length,
  };
}

const keyOf = ({ timestamp, id }: Row): string => `${timestamp} ${id}`;

function readToken(token: string): string {
  const key = Buffer.from(token, "base64url").toString("utf8");
  if (!/^\S* [0-9a-f-]{36}$/.test(key)) throw new InputError("pageToken: expected one that this server gave");
  return key;
}
