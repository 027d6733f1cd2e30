"""Lets an ASGI application (FastAPI) be served as a WSGI one: one request at a time, on an event loop that stays."""

import asyncio
import traceback
from http import HTTPStatus


class AsWsgi:
    """Runs the application's start-up at once, so that one that cannot start fails as its start."""

    def __init__(self, app) -> None:
        self.app, self.loop = app, asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.state: dict = {}
        self.loop.run_until_complete(self.start())

    async def start(self) -> None:
        """Sends the lifespan events. An application that knows none of them raises, and is served all the same."""
        events: asyncio.Queue = asyncio.Queue()
        ready = self.loop.create_future()

        async def send(message: dict) -> None:
            if message["type"] == "lifespan.startup.failed":
                raise SystemExit(message.get("message") or "the application's start-up failed")
            if not ready.done():
                ready.set_result(None)

        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        events.put_nowait({"type": "lifespan.startup"})
        # Kept: a task that nobody holds may be collected while it waits for the end that never comes.
        self.life = self.loop.create_task(self.app(scope, events.get, send))
        await asyncio.wait([self.life, ready], return_when=asyncio.FIRST_COMPLETED)
        if self.life.done() and isinstance(self.life.exception(), SystemExit):
            raise self.life.exception()

    def __call__(self, environ: dict, start_response) -> list:
        return self.loop.run_until_complete(self.answer(environ, start_response))

    async def answer(self, environ: dict, start_response) -> list:
        body, parts, asked, answered = environ["wsgi.input"].read(), [], [], []

        async def receive() -> dict:
            if asked:
                return {"type": "http.disconnect"}
            asked.append(True)
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict) -> None:
            if message["type"] == "http.response.start":
                code = message["status"]
                phrase = HTTPStatus(code).phrase if code in HTTPStatus._value2member_map_ else "Unknown"
                headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
                start_response(f"{code} {phrase}", headers)
                answered.append(True)
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        try:
            await self.app(self.scope(environ), receive, send)
        except Exception:
            # Frameworks answer with a page of their own, and then raise for the log.
            if not answered:
                raise
            traceback.print_exc()
        return [b"".join(parts)]

    def scope(self, environ: dict) -> dict:
        target, _, query = environ["REQUEST_URI"].partition("?")
        plain = {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}
        headers = [
            (plain.get(key) or key[5:].lower().replace("_", "-"), value)
            for key, value in environ.items()
            if key in plain or key.startswith("HTTP_")
        ]
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": environ["REQUEST_METHOD"],
            "scheme": "http",
            "path": environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
            "raw_path": target.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 0),
            "server": ("localhost", 8000),
            "state": dict(self.state),
        }
