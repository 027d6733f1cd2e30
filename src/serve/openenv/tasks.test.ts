/** The task API, and episodes that begin with a task. */
import { describe, expect, it } from "vitest";
import { echoTasks } from "../../testing/index.ts";
import { echoServing, post } from "./fixtures/echo.ts";

const { serve, connect } = echoServing();

describe("tasks", () => {
  const ids = (...indices: number[]) => ({ tasks: indices.map((index) => ({ id: `train/${index}` })) });

  it("are listed", async () => {
    const url = await serve({ tasks: echoTasks });
    const get = async (path: string) => (await fetch(url + path)).json();
    expect(await get("/list_environments")).toEqual(["echo"]);
    expect(await get("/ECHO/splits")).toEqual(echoTasks.splits);
    const ask = async (path: string, body: object) => (await post(`${url}/echo/${path}`, body)).body;
    expect(await ask("num_tasks", { split: "train" })).toEqual({ num_tasks: 3 });
    expect(await ask("tasks", { split: "holdout" })).toEqual({
      tasks: [{ id: "holdout/0" }],
      env_name: "echo",
    });
    expect(await ask("task", { split: "train", index: 1 })).toEqual({ task: { id: "train/1" } });
    expect(await ask("task_range", { split: "train", start: 0, stop: 2 })).toEqual(ids(0, 1));
    expect(await ask("task_range", { split: "train", start: -1 })).toEqual(ids(2));
    expect(await ask("task_range", { split: "train", start: 2, stop: null })).toEqual(ids(2));
    expect(await ask("task_range", { split: "train", start: 2, stop: 1 })).toEqual(ids());
  });

  it.each([
    ["other/num_tasks", { split: "train" }, 404, "unknown environment 'other'"],
    ["echo/task", { split: "train", index: 3 }, 400, "Invalid task index"],
    ["echo/task", { split: "train", index: -1 }, 400, "Invalid task index"],
    ["echo/task", { split: "trian", index: 0 }, 400, 'no split "trian"; expected one of train, holdout'],
    ["echo/task", { split: "train", index: 0, x: 1 }, 422, expect.any(Array)],
    ["echo/num_tasks", {}, 422, expect.any(Array)],
  ])("%s %j answers %i", async (path, body, status, detail) => {
    expect(await post(`${await serve({ tasks: echoTasks })}/${path}`, body)).toEqual({
      status,
      body: { detail },
    });
  });

  it("are not supported by every environment", async () => {
    const url = await serve();
    const splits = await fetch(`${url}/echo/splits`);
    const detail = "list_splits is not supported for this environment";
    expect([splits.status, await splits.json()]).toEqual([501, { detail }]);
    expect((await post(`${url}/echo/num_tasks`, { split: "train" })).status).toBe(501);
  });

  it("begin with reset, and a split that does not exist begins nothing", async () => {
    const url = await serve({ tasks: echoTasks });
    const client = connect(url);
    const reset = (data: object) => client.ask({ type: "reset", data });
    expect(await reset({ split: "train", index: 2 })).toMatchObject({
      data: { observation: { echoed: "ready task=train/2" } },
    });
    expect(await reset({ split: "trian", index: 2 })).toMatchObject({ data: { code: "EXECUTION_ERROR" } });
    expect((await post(`${url}/reset`, { split: "trian" })).status).toBe(422);
  });
});
