/** Plays attacks and checks that are functions of the scenario's `script.ts`, behind the walls of an application. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InfraError, RequestSchema, type Check, type Request, type Scenario } from "../core/index.ts";
import { AppFault, type AppInstance, type AppPool, type HttpReply } from "../sandbox/index.ts";
import { projectRoot } from "../util/root.ts";

/** Of one function: it may look for a needle, but not search a haystack through the application. */
const MAX_REQUESTS = 1500;
const MAX_SECONDS = 30;

const EventSchema = z.union([
  z.strictObject({ request: RequestSchema }),
  z.strictObject({ passed: z.boolean(), detail: z.string().optional() }),
]);

export interface Scripts {
  /**
   * Plays the function that the check names; `send` asks the application. Empty when it returned, else why not.
   * Throws what `send` throws, AppFault when the function does not end, InfraError when it cannot be played.
   */
  play(check: Check, send: (request: Request) => Promise<HttpReply>): Promise<string>;
  close(): Promise<void>;
}

/** Starts nothing before the first function is played: then one process, of Node.js, for all of them. */
export function openScripts(pool: AppPool, { id, script }: Scenario): Scripts {
  let player: Promise<AppInstance> | undefined;

  const start = async (): Promise<AppInstance> => {
    if (script === undefined) throw new InfraError("grader", `scenario ${id} has no script`);
    const driver = await readFile(join(projectRoot(), "node", "script.cjs"), "utf8");
    const files = { "main.cjs": driver, "script.cjs": script };
    const app = await pool.start({ entry: "main.cjs", stack: "node", files, beside: true });
    const { startup } = app;
    if (startup.state === "started") return app;
    await app.stop();
    throw new InfraError("grader", `scenario ${id}: script.ts does not load: ${startup.message}`);
  };
  const tell = async (
    app: AppInstance,
    path: string,
    message: object,
  ): Promise<z.infer<typeof EventSchema>> => {
    let text: string;
    try {
      const json = z.json().parse(message);
      ({ body: text } = await app.request({ method: "POST", path, headers: {}, json }));
    } catch (error) {
      // It ran too long, on what the application had answered: that must not help the application.
      if (error instanceof AppFault)
        throw new AppFault("timeout", `the script does not go on: ${error.message}`);
      throw error;
    }
    const event = EventSchema.safeParse(JSON.parse(text));
    if (event.success) return event.data;
    throw new InfraError("grader", `scenario ${id}: script.ts: ${event.error.issues[0]!.message}`);
  };

  return {
    async play(check, send) {
      const begun = performance.now();
      const app = await (player ??= start());
      let event = await tell(app, "/run", { name: check.script });
      for (let sent = 0; "request" in event; sent++) {
        if (sent === MAX_REQUESTS) return `expected an end after ${MAX_REQUESTS} requests at most`;
        if (performance.now() - begun > MAX_SECONDS * 1000)
          throw new AppFault("timeout", `the script has not ended after ${MAX_SECONDS} s`);
        const { status, headers, cookies, body, ms } = await send(event.request);
        event = await tell(app, "/reply", { reply: { status, headers, cookies, body, ms } });
      }
      return event.passed ? "" : (event.detail ?? "the script says no more");
    },
    async close() {
      const app = await player?.catch(() => undefined);
      await app?.stop();
    },
  };
}
