"""The machines beside the calendar: the pages of two choirs, and the ticket office, which only this machine may ask."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

HILL, RIVER, OFFICE = "127.0.0.2:9420", "127.0.0.3:9420", "127.0.0.1:9410"

PAGES = {
    "127.0.0.2": {
        "/calendar.txt": "Hill choir\n12 May Evensong\n19 May Rehearsal\n",
        "/notice.txt": "Hill choir sings on the green.\nBring a cushion.\n",
    },
    "127.0.0.3": {
        "/calendar.txt": "River choir\n14 May Boat concert\n",
        "/old/calendar.txt": "River choir, last year\n3 May Regatta\n",
    },
}


class Choir(BaseHTTPRequestHandler):
    def do_GET(self):
        host = self.server.server_address[0]
        split = urlsplit(self.path)
        if split.path == "/go":
            # Both choirs' pages lead visitors on to wherever a link of theirs says.
            self.send_response(302)
            self.send_header("Location", parse_qs(split.query).get("to", ["/"])[0])
            self.end_headers()
            return
        if host == "127.0.0.3" and split.path == "/dates":
            self.send_response(301)
            self.send_header("Location", "/calendar.txt")
            self.end_headers()
            return
        _answer(self, PAGES.get(host, {}).get(split.path))

    def log_message(self, *_):
        pass


class Office(BaseHTTPRequestHandler):
    def do_GET(self):
        text = None
        if urlsplit(self.path).path == "/taken":
            with open("/srv/office/taken.txt") as file:
                text = file.read()
        _answer(self, text)

    def log_message(self, *_):
        pass


def _answer(handler, text):
    body = (text or "nothing here\n").encode()
    handler.send_response(200 if text else 404)
    handler.send_header("Content-Type", "text/plain; charset=utf-8")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def start():
    for place, pages in ((HILL, Choir), (RIVER, Choir), (OFFICE, Office)):
        host, _, port = place.partition(":")
        server = ThreadingHTTPServer((host, int(port)), pages)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()


def taken():
    with urlopen(f"http://{OFFICE}/taken", timeout=2) as reply:
        return reply.read().decode().strip()
