/** The running application of one episode: started by the first command, replaced after every accepted patch. */
import { InfraError, PrerequisiteError } from "../../core/errors.ts";
import type { AppSource, ExecResult } from "../../sandbox/types.ts";
import type { EpisodeApp, EpisodePool } from "./ports.ts";

const RESTARTED = "the sandbox went down under this command; the next command gets a fresh one";
const NOT_STARTING = "the patched application does not start here, though it did when it was verified";

/**
 * Failures are attributed by a counter-test, because an agent could otherwise turn a bad episode into one without
 * signal: a sandbox that can be started again was brought down by the command, and an application that starts
 * unpatched was stopped by the patch. Only what then remains is an InfraError.
 */
export class AppSession {
  readonly #pool: EpisodePool;
  readonly #original: AppSource;
  #source: AppSource;
  #app: EpisodeApp | undefined;
  #closed = false;

  /** `files` is the working copy at this moment. */
  constructor(pool: EpisodePool, original: AppSource, files: AppSource["files"]) {
    this.#pool = pool;
    this.#original = original;
    this.#source = { ...original, files };
  }

  /** Throws InfraError, or PrerequisiteError without isolation. */
  async run(command: string): Promise<ExecResult> {
    const app = this.#app ?? (await this.#start());
    if (app === undefined) return failure(NOT_STARTING);
    try {
      return await app.exec(command);
    } catch (cause) {
      if (this.#closed) throw asInfraError(cause);
      await this.stop();
      await this.#probe(cause);
      return failure(RESTARTED);
    }
  }

  /** From now on commands meet the application with these files. */
  async replace(files: AppSource["files"]): Promise<void> {
    this.#source = { ...this.#original, files };
    await this.stop();
  }

  async stop(): Promise<void> {
    const app = this.#app;
    this.#app = undefined;
    await app?.stop();
  }

  /** After this nothing runs, even if a start was under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.stop();
  }

  async #start(): Promise<EpisodeApp | undefined> {
    let app: EpisodeApp;
    try {
      app = await startSession(this.#pool, this.#source);
    } catch (cause) {
      if (this.#source.files === this.#original.files) throw asInfraError(cause);
      await this.#probe(cause);
      return undefined;
    }
    if (this.#closed) {
      await app.stop();
      throw new InfraError("sandbox", "the episode was closed while its application started");
    }
    this.#app = app;
    return app;
  }

  /** Throws InfraError with `cause` when even a plain command beside the unpatched application fails. */
  async #probe(cause: unknown): Promise<void> {
    let app: EpisodeApp | undefined;
    try {
      app = await startSession(this.#pool, this.#original);
      await app.exec("true");
    } catch {
      throw asInfraError(cause);
    } finally {
      await app?.stop();
    }
  }
}

/** Throws when the application does not start. */
async function startSession(pool: EpisodePool, source: AppSource): Promise<EpisodeApp> {
  const app = await pool.start({ ...source, session: true });
  if (app.startup.state === "started") return app;
  await app.stop();
  throw new InfraError("sandbox", `the application does not start: ${app.startup.message}`);
}

function failure(stderr: string): ExecResult {
  return { stdout: "", stderr, exit_code: 1, timed_out: false };
}

/** What is missing on this machine stays a PrerequisiteError: no episode will do better. */
function asInfraError(cause: unknown): InfraError | PrerequisiteError {
  if (cause instanceof InfraError || cause instanceof PrerequisiteError) return cause;
  return new InfraError("sandbox", `the sandbox failed: ${String(cause)}`, { cause });
}
