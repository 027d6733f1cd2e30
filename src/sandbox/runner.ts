/** One warm runner: a zygote in its own isolation, and the applications it has cloned. */
import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { InfraError } from "../core/index.ts";
import { explain, launchZygote, type RunnerOptions } from "./bwrap.ts";
import { pythonInfo } from "./python.ts";

export interface Stage {
  readonly stage: "ready" | "syntax" | "infra";
  readonly message: string;
}

export interface Ended {
  readonly code: number;
  /** Why the runner killed it, or empty. */
  readonly reason: string;
}

/** A process that the zygote started. `ended` rejects with InfraError when the runner itself dies. */
export interface Job {
  readonly id: string;
  readonly stage: Promise<Stage>;
  readonly ended: Promise<Ended>;
}

interface Listener {
  stage(stage: Stage): void;
  ended(ended: Ended): void;
  lost(error: Error): void;
}

/** A program that ends without closing its pool leaves no folder behind; the processes die with it anyway. */
const open = new Set<string>();
let hooked = false;

function tidyAtExit(folder: string): void {
  open.add(folder);
  if (hooked) return;
  hooked = true;
  process.once("exit", () => {
    for (const left of open) rmSync(left, { recursive: true, force: true });
  });
}

export class Runner {
  readonly folder: string;
  private readonly child: ChildProcess;
  private readonly jobs = new Map<string, Listener>();
  private next = 0;
  private stderr = "";
  private dead: Error | undefined;
  private readonly exited: Promise<void>;

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder;
    this.child = child;
    for (const stream of child.stdio) stream?.on("error", () => {});
    child.stderr!.on("data", (data: Buffer) => (this.stderr = (this.stderr + data.toString()).slice(-4000)));
    this.exited = new Promise((resolve) => {
      const end = (why: string): void => {
        this.dead ??= new InfraError("sandbox", `the runner ended: ${why} ${this.stderr.slice(-300)}`.trim());
        for (const job of this.jobs.values()) job.lost(this.dead);
        this.jobs.clear();
        resolve();
      };
      child.once("error", (error) => end(error.message));
      child.once("close", (code, signal) => end(String(signal ?? code)));
    });
  }

  /** Throws PrerequisiteError when the isolation cannot be had, which is also the case when it ends before it is up. */
  static async launch(options: RunnerOptions): Promise<Runner> {
    const python = options.python ?? (await pythonInfo());
    const folder = await mkdtemp(join(tmpdir(), "ironbark-"));
    tidyAtExit(folder);
    const runner = new Runner(folder, await launchZygote(folder, python, options));
    const up = new Promise<boolean>((resolve) => {
      const lines = createInterface({ input: runner.child.stdout! });
      lines.on("line", (line) => {
        const event = JSON.parse(line) as { event: string; id: string } & Stage & Ended;
        if (event.event === "up") resolve(true);
        else runner.dispatch(event);
      });
      void runner.exited.then(() => resolve(false));
    });
    if (await up) return runner;
    await runner.close();
    throw explain(runner.stderr || runner.dead!.message);
  }

  get alive(): boolean {
    return this.dead === undefined;
  }

  /** Applications and commands under way. */
  get load(): number {
    return this.jobs.size;
  }

  /** A fresh name for a job, also the stem of its files in `folder`. */
  newId(): string {
    return String(this.next++);
  }

  run(id: string, message: Readonly<Record<string, unknown>>): Job {
    let listener!: Listener;
    const stage = new Promise<Stage>((resolve, reject) => {
      listener = { stage: resolve, ended: () => {}, lost: reject };
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      const lost = listener.lost;
      listener.ended = resolve;
      listener.lost = (error) => (lost(error), reject(error));
    });
    stage.catch(() => {});
    ended.catch(() => {});
    if (this.dead) listener.lost(this.dead);
    else {
      this.jobs.set(id, listener);
      this.write({ ...message, id });
    }
    return { id, stage, ended };
  }

  stop(id: string): void {
    if (this.jobs.has(id)) this.write({ op: "stop", id });
  }

  async close(): Promise<void> {
    this.dead ??= new InfraError("sandbox", "the pool was closed");
    this.child.kill("SIGKILL");
    await this.exited;
    await rm(this.folder, { recursive: true, force: true });
    open.delete(this.folder);
  }

  private write(message: Readonly<Record<string, unknown>>): void {
    this.child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  private dispatch(event: { event: string; id: string } & Stage & Ended): void {
    const listener = this.jobs.get(event.id);
    if (event.event === "stage") listener?.stage({ stage: event.stage, message: event.message });
    else if (event.event === "exit") {
      this.jobs.delete(event.id);
      listener?.ended({ code: event.code, reason: event.reason });
    }
  }
}
