/** A child process that answers JSON lines in order; started on first use, replaced when it dies or hangs. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { InfraError } from "../core/index.ts";

export interface LineWorkerOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Per request, counted from when the worker begins it. */
  readonly timeoutMs: number;
}

interface Waiting {
  readonly line: string;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

export class LineWorker {
  private readonly options: LineWorkerOptions;
  private readonly queue: Waiting[] = [];
  private child: ChildProcess | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stderr = "";

  constructor(options: LineWorkerOptions) {
    this.options = options;
  }

  /** Requests are answered one after the other. Rejects with InfraError when the worker fails on this request. */
  ask(request: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.queue.push({ line: `${JSON.stringify(request)}\n`, resolve, reject });
      if (this.queue.length === 1) this.begin();
    });
  }

  async close(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  private begin(): void {
    const next = this.queue[0];
    if (next === undefined) return;
    this.child ??= this.start();
    this.timer = setTimeout(() => this.child?.kill("SIGKILL"), this.options.timeoutMs);
    this.child.stdin!.write(next.line);
  }

  private start(): ChildProcess {
    const { command, args } = this.options;
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.on("error", () => {});
    child.stderr.on("data", (data: Buffer) => (this.stderr = (this.stderr + data.toString()).slice(-2000)));
    createInterface({ input: child.stdout }).on("line", (line) =>
      this.finish((job) => job.resolve(JSON.parse(line))),
    );
    let ended = false;
    const end = (why: string): void => {
      if (ended) return;
      ended = true;
      this.child = undefined;
      const detail = this.stderr.trim().split("\n").at(-1);
      if (this.queue.length > 0) {
        this.finish((job) => job.reject(new InfraError("grader", `${args[0]} ended: ${detail || why}`)));
      }
    };
    child.once("error", (error) => end(error.message));
    child.once("close", (code, signal) => end(String(signal ?? code)));
    return child;
  }

  private finish(settle: (job: Waiting) => void): void {
    clearTimeout(this.timer);
    settle(this.queue.shift()!);
    this.begin();
  }
}
