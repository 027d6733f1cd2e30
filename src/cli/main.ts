/** The program `ironbark`: joins the commands to the process. */
import { dispatch } from "./dispatch.ts";
import { root } from "./root.ts";

// A reader that has seen enough (`ironbark ... | head`) is no error.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });

const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.on(name, () => {
    // The second time means: at once.
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort();
  });

const columns = process.stderr.columns;
process.exitCode = await dispatch(
  root,
  process.argv.slice(2),
  {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    interactive: process.stderr.isTTY === true,
    ...(columns === undefined ? {} : { columns }),
  },
  interruption.signal,
);
