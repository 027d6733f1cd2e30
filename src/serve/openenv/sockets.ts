/** Accepts WebSocket connections on /ws and /mcp, gives each its session and drops dead peers. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { answerText, failure } from "./json-rpc.ts";
import { sameOrigin } from "../origin.ts";
import { DEFAULT_MAX_MESSAGE_BYTES, DEFAULT_PING_MS, type EnvServerOptions } from "./options.ts";
import { answerFrame, errorReply, pumpFrames, sendReply } from "./session.ts";
import { CapacityError, FactoryError, type Session, type Sessions } from "./sessions.ts";

const PATHS = ["/ws", "/mcp"];
const MISSED_PINGS = 2;

export class SocketServer<Action> {
  readonly #options: EnvServerOptions<Action>;
  readonly #sockets: WebSocketServer;
  readonly #sessions: Sessions<Action>;
  readonly #missed = new WeakMap<WebSocket, number>();
  readonly #pings: NodeJS.Timeout | undefined;

  constructor(options: EnvServerOptions<Action>, sessions: Sessions<Action>) {
    this.#options = options;
    this.#sessions = sessions;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    const every = options.pingIntervalMs ?? DEFAULT_PING_MS;
    if (every > 0) this.#pings = setInterval(() => this.#ping(), every).unref();
  }

  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on("error", () => stream.destroy());
    const [path = "", query] = (request.url ?? "").split("?");
    if (!PATHS.includes(path)) return refuse(stream, "404 Not Found");
    if (!sameOrigin(request.headers.origin, request.headers.host)) return refuse(stream, "403 Forbidden");
    const wanted = path === "/ws" ? new URLSearchParams(query).get("session_id") : null;
    this.#sockets.handleUpgrade(request, stream, head, (socket) => {
      // Broken frames and oversized ones: `ws` closes the socket with the right code after this event.
      socket.on("error", () => {});
      socket.on("pong", () => this.#missed.set(socket, 0));
      void (path === "/ws" ? this.#serve(socket, wanted) : this.#serveRpc(socket));
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#pings);
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    await this.#sessions.closeAll();
  }

  /** `/ws`: a session of its own, or the HTTP MCP session that it asks for, which outlives it. */
  async #serve(socket: WebSocket, wanted: string | null): Promise<void> {
    const [options, sessions] = [this.#options, this.#sessions];
    let session: Session;
    try {
      session = wanted === null || wanted === "" ? sessions.open() : sessions.attach(wanted);
    } catch (error) {
      await sendReply(socket, refusalOf(error));
      socket.close(1000);
      return;
    }
    session.onExpire = () => {
      void sendReply(socket, errorReply("SESSION_ERROR", "the session was idle for too long"));
      socket.close(1000);
    };
    const context = { options, sessions, session };
    await pumpFrames(socket, (data, isBinary) => answerFrame(socket, context, data, isBinary));
    await (wanted === null || wanted === "" ? sessions.close(session) : sessions.detach(session));
  }

  /** `/mcp`: JSON-RPC frames. A frame that is no call is answered and the session goes on. */
  async #serveRpc(socket: WebSocket): Promise<void> {
    let own: Session;
    try {
      own = this.#sessions.open();
    } catch (error) {
      await sendReply(socket, failure(null, error));
      socket.close(1000);
      return;
    }
    own.onExpire = () => socket.close(1000);
    const context = { options: this.#options, sessions: this.#sessions, own };
    await pumpFrames(socket, async (data) => sendReply(socket, await answerText(context, data.toString())));
    await this.#sessions.close(own);
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

/** The one frame before a socket is closed that gets no session. */
function refusalOf(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CapacityError) return errorReply("CAPACITY_REACHED", message, error.counts);
  if (error instanceof FactoryError) return errorReply("FACTORY_ERROR", message, error.factory);
  return errorReply("SESSION_ERROR", message);
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
