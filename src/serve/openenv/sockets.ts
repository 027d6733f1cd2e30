/** Accepts WebSocket connections on /ws, holds the number of sessions and drops dead peers. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import {
  DEFAULT_MAX_ENVS,
  DEFAULT_MAX_MESSAGE_BYTES,
  DEFAULT_PING_MS,
  type EnvServerOptions,
} from "./options.ts";
import { errorReply, sendReply, serveSession } from "./session.ts";

const PATH = "/ws";
const MISSED_PINGS = 2;

export class SocketServer<Action> {
  readonly #options: EnvServerOptions<Action>;
  readonly #sockets: WebSocketServer;
  readonly #sessions = new Set<Promise<void>>();
  readonly #missed = new WeakMap<WebSocket, number>();
  readonly #max: number;
  readonly #pings: NodeJS.Timeout | undefined;

  constructor(options: EnvServerOptions<Action>) {
    this.#options = options;
    this.#max = options.maxConcurrentEnvs ?? DEFAULT_MAX_ENVS;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    const every = options.pingIntervalMs ?? DEFAULT_PING_MS;
    if (every > 0) this.#pings = setInterval(() => this.#ping(), every).unref();
  }

  /** Sessions whose environment has not been closed yet. */
  get sessions(): number {
    return this.#sessions.size;
  }

  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on("error", () => stream.destroy());
    const path = (request.url ?? "").split("?")[0];
    if (path !== PATH) return refuse(stream, "404 Not Found");
    if (!sameOrigin(request)) return refuse(stream, "403 Forbidden");
    this.#sockets.handleUpgrade(request, stream, head, (socket) => this.#accept(socket));
  }

  async close(): Promise<void> {
    clearInterval(this.#pings);
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    await Promise.all(this.#sessions);
  }

  #accept(socket: WebSocket): void {
    // Broken frames and oversized ones: `ws` closes the socket with the right code after this event.
    socket.on("error", () => {});
    socket.on("pong", () => this.#missed.set(socket, 0));
    const active = this.#sessions.size;
    if (active >= this.#max) {
      void this.#turnAway(socket, active);
      return;
    }
    const session = serveSession(socket, this.#options).finally(() => this.#sessions.delete(session));
    this.#sessions.add(session);
  }

  async #turnAway(socket: WebSocket, active: number): Promise<void> {
    const message = `Server at capacity: ${active}/${this.#max} sessions active. Cannot accept new connections.`;
    const counts = { active_sessions: active, max_sessions: this.#max };
    await sendReply(socket, errorReply("CAPACITY_REACHED", message, counts));
    socket.close(1000);
  }

  #ping(): void {
    for (const socket of this.#sockets.clients) {
      // A paused socket is one that we do not read: its pongs wait in the kernel.
      if (socket.isPaused) continue;
      const missed = this.#missed.get(socket) ?? 0;
      if (missed >= MISSED_PINGS) {
        socket.terminate();
        continue;
      }
      this.#missed.set(socket, missed + 1);
      socket.ping();
    }
  }
}

/** Browsers say where a page comes from; a page of another site must not drive a server on this machine. */
function sameOrigin(request: IncomingMessage): boolean {
  const origin = request.headers.origin;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === request.headers.host;
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
