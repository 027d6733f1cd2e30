/** `ironbark serve --model DIR`: a checkpoint behind the OpenAI API, until Ctrl-C. */
import { once } from "node:events";
import { InputError } from "../../core/errors.ts";
import { command } from "../command.ts";
import { repeatedFlag, splitOnce, wholeNumber } from "../flags.ts";

/** A key on a command line is seen by everybody on the machine. */
const KEY_VARIABLE = "IRONBARK_API_KEY";

export default command({
  name: "serve model",
  description:
    "Serve a checkpoint as an OpenAI-compatible endpoint until Ctrl-C (also: ironbark serve --model DIR)",
  examples: [
    "serve model --model runs/code-sft/checkpoint",
    "serve model --model base --adapter patcher=runs/patcher/adapter --port 9000",
  ],
  args: {
    model: {
      type: "string",
      required: true,
      description: "Hugging Face folder: a decoder, or an encoder for /v1/embeddings and /classify",
      valueHint: "DIR",
    },
    name: {
      type: "string",
      description: "As clients name it (default: the folder's name)",
      valueHint: "NAME",
    },
    adapter: {
      type: "string",
      description: "A PEFT folder as a model of its own; may be given several times",
      valueHint: "NAME=DIR",
    },
    "adapter-root": {
      type: "string",
      description: "Adapters may be loaded over the network from folders in here; needs a key",
      valueHint: "DIR",
    },
    port: { type: "string", default: "8000", description: "0 takes a free one", valueHint: "N" },
    host: { type: "string", default: "127.0.0.1", description: "Address to listen on", valueHint: "ADDRESS" },
    "api-key": {
      type: "string",
      description: `Key that clients must send; may be given several times, or in ${KEY_VARIABLE}`,
      valueHint: "KEY",
    },
    "max-running": {
      type: "string",
      default: "32",
      description: "Answers that are computed at once",
      valueHint: "N",
    },
    "max-waiting": {
      type: "string",
      default: "256",
      description: "Answers that may wait; more are answered 429",
      valueHint: "N",
    },
    "cache-tokens": {
      type: "string",
      default: "65536",
      description: "Positions in the caches of all answers under way",
      valueHint: "N",
    },
    "default-tokens": {
      type: "string",
      default: "1024",
      description: "New tokens of a chat answer when the client does not say",
      valueHint: "N",
    },
  },
  run: async (args, { print, emit, rawArgs, signal }) => {
    const port = wholeNumber("port", args.port);
    const adapters = repeatedFlag(rawArgs, "adapter").map((typed) => {
      const [name, folder] = splitOnce(typed, "=");
      if (name === "" || folder === undefined || folder === "")
        throw new InputError(`--adapter: expected NAME=DIR, got ${JSON.stringify(typed)}`);
      return { name, folder };
    });
    const fromEnvironment = process.env[KEY_VARIABLE] ?? "";
    const keys = [...repeatedFlag(rawArgs, "api-key"), fromEnvironment].filter((key) => key !== "");
    const root = args["adapter-root"];
    if (root !== undefined && keys.length === 0)
      throw new InputError(`--adapter-root: needs a key`, { hint: `give --api-key, or set ${KEY_VARIABLE}` });
    const { openModelServer } = await import("../../serve/model/server.ts");
    const server = await openModelServer({
      checkpoint: args.model,
      name: args.name,
      adapters,
      adapterRoot: root,
      keys,
      maxRunning: wholeNumber("max-running", args["max-running"], 1),
      maxWaiting: wholeNumber("max-waiting", args["max-waiting"]),
      cacheTokens: wholeNumber("cache-tokens", args["cache-tokens"], 1),
      defaultTokens: wholeNumber("default-tokens", args["default-tokens"], 1),
    });
    try {
      const { url } = await server.listen(port, args.host);
      if (keys.length === 0 && !/^(127\.|localhost$|::1$)/.test(args.host))
        emit({ kind: "note", text: "WITHOUT A KEY: whoever reaches this address may use the model" });
      print(
        { url, model: server.name, kind: server.kind, adapters: adapters.map(({ name }) => name) },
        `serving ${server.name} on ${url}/v1; Ctrl-C ends it`,
      );
      if (!signal.aborted) await once(signal, "abort");
    } finally {
      await server.close();
    }
  },
});
