/** FastAPI applications in the sandbox: what a request becomes, start-up, waiting, streaming, threads, errors. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Request } from "../core/index.ts";
import { createAppPool } from "./pool.ts";
import type { AppInstance } from "./types.ts";

const pool = createAppPool({ workers: 1 });
afterAll(() => pool.close());

const APP = `import asyncio, os, threading
from contextlib import asynccontextmanager
from fastapi import FastAPI, File, Form, Request, Response, UploadFile, WebSocket
from fastapi.responses import RedirectResponse, StreamingResponse

begun = []

@asynccontextmanager
async def lifespan(app):
    begun.append("before the first request")
    yield {"kept": "from the start"}

app = FastAPI(lifespan=lifespan)

@app.api_route("/echo/{rest:path}", methods=["GET", "POST", "PUT"])
async def echo(rest: str, request: Request):
    return {"method": request.method, "raw": request.scope["raw_path"].decode(), "path": rest, "query": request.url.query,
            "x": request.headers.get("x-test"), "body": (await request.body()).decode(), "begun": begun, "kept": request.state.kept}

@app.get("/waits")
async def waits():
    later = asyncio.get_running_loop().create_task(asyncio.sleep(0.01, "slept"))
    return {"said": await later}

@app.get("/thread")
def thread():
    return {"main": threading.current_thread() is threading.main_thread()}

@app.get("/stream")
async def stream():
    async def parts():
        for number in range(3):
            yield f"part{number} "
    return StreamingResponse(parts(), media_type="text/plain")

@app.post("/form")
async def form(name: str = Form(), photo: UploadFile = File(None)):
    return {"name": name}

@app.get("/cookies")
async def cookies():
    response = RedirectResponse("/echo/x", status_code=303)
    response.set_cookie("a", "1"), response.set_cookie("b", "2")
    return response

@app.delete("/nothing", status_code=204)
async def nothing():
    return Response(status_code=204)

@app.get("/fails")
async def fails():
    raise RuntimeError("boom")
`;

const ask = (path: string, over: Partial<Request> = {}): Request => ({
  method: "GET",
  path,
  headers: {},
  ...over,
});
const open = (text: string): Promise<AppInstance> =>
  pool.start({ entry: "main.py", stack: "fastapi", files: { "main.py": text } });

describe("an application", () => {
  let app: AppInstance;
  beforeAll(async () => (app = await open(APP)));
  afterAll(() => app.stop());

  it("gets requests as they were sent, and what its start-up made", async () => {
    const json = { a: "ü" };
    const sent = ask("/echo/a%2fb/..%2e?q=%27x", { method: "POST", headers: { "X-Test": "y" }, json });
    expect(JSON.parse((await app.request(sent)).body)).toEqual({
      method: "POST",
      raw: "/echo/a%2fb/..%2e",
      path: "a/b/...",
      query: "q=%27x",
      x: "y",
      body: '{"a":"ü"}',
      begun: ["before the first request"],
      kept: "from the start",
    });
  });

  it.each([
    ["waits for what it has begun", "/waits", 200, '{"said":"slept"}'],
    ["answers out of threads", "/thread", 200, '{"main":false}'],
    ["streams", "/stream", 200, "part0 part1 part2 "],
    ["fails alone", "/fails", 500, "Internal Server Error"],
    ["knows what is not there", "/none", 404, '{"detail":"Not Found"}'],
  ])("%s", async (_, path, status, body) => {
    expect(await app.request(ask(path))).toMatchObject({ status, body });
  });

  it("reads forms, sets cookies, says nothing", async () => {
    const form = { name: "Ada & Bo" };
    expect((await app.request(ask("/form", { method: "POST", form }))).body).toBe('{"name":"Ada & Bo"}');
    const { status, cookies, headers } = await app.request(ask("/cookies"));
    expect({ status, cookies: cookies.length, to: headers["location"] }).toEqual({
      status: 303,
      cookies: 2,
      to: "/echo/x",
    });
    expect(await app.request(ask("/nothing", { method: "DELETE" }))).toMatchObject({ status: 204, body: "" });
  });

  it("shows its errors to who looks at its output", async () => expect(await app.output()).toContain("boom"));
});

it.each([
  ["no application", "x = 1\n", /main\.py defines no ASGI callable named app/],
  [
    "a start-up that fails",
    `${APP.replace("    begun.append", "    raise OSError('no door')\n    begun.append")}`,
    /no door/,
  ],
])("%s is a failed start", async (_, text, message) => {
  const app = await open(text);
  expect(app.startup).toMatchObject({ state: "failed", message: expect.stringMatching(message) });
  await app.stop();
});
