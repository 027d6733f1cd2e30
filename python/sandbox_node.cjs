/**
 * Runs one program on one input after another in one Node process, where that gives what a process for each would.
 * Descriptor 3 brings JSON lines: the program, then its inputs; each is answered on descriptor 4. What this file does
 * not imitate (files, other modules, exit handlers, ...) is answered with {"solo": true}: then a process of its own judges.
 * The program can write to descriptor 4 as well. That gains nothing: answers are outputs, compared elsewhere, and
 * each carries a token that came with the input and that the program does not know.
 */
"use strict";
const fs = require("fs");
const { Console } = require("console");
const { Readable, Writable } = require("stream");
const { compileFunction } = require("vm");
const { inspect } = require("util");

const SHARED = new Set(
  "assert buffer crypto events fs os path perf_hooks process querystring readline readline/promises stream string_decoder timers timers/promises url util".split(
    " ",
  ),
);
const STDIN = new Set([0, "/dev/stdin"]);
const real = { readSync: fs.readSync, writeSync: fs.writeSync, exit: process.reallyExit, require };
const { parse, stringify } = JSON;
const { concat, from: bytesOf } = Buffer;

/** State of the input under way. */
let run;
let pending = Buffer.alloc(0);

class Exit {
  constructor(code) {
    this.code = code;
  }
}

class Sink extends Writable {
  constructor(fd) {
    super({ write: (chunk, _, done) => (keep(fd, chunk), done()) });
    this.fd = fd;
  }
  write(chunk, encoding, done) {
    const text =
      typeof chunk === "string"
        ? Buffer.from(chunk, typeof encoding === "string" ? encoding : "utf8")
        : chunk;
    if (!(text instanceof Uint8Array)) return super.write(chunk, encoding, done);
    keep(this.fd, text);
    const after = typeof encoding === "function" ? encoding : done;
    if (typeof after === "function") process.nextTick(after);
    return true;
  }
}

function keep(fd, bytes) {
  if (run.over) return;
  run.size[fd] += bytes.length;
  run.out[fd].push(Buffer.from(bytes));
  if (run.size[1] > job.limit) {
    reply({ why: "output", code: 0 });
    real.exit.call(process, 0);
  }
}

function touch() {
  run.touched = true;
}

const imitated = {
  readFileSync(path, options) {
    if (!STDIN.has(path)) return undefined;
    const rest = run.input.subarray(run.at);
    run.at = run.input.length;
    const encoding = typeof options === "string" ? options : options?.encoding;
    return encoding ? rest.toString(encoding) : Buffer.from(rest);
  },
  readSync(fd, buffer, offset, length, position) {
    if (fd !== 0 || !ArrayBuffer.isView(buffer) || (position ?? null) !== null) return undefined;
    if (offset !== undefined && typeof offset !== "number") return undefined;
    const from = offset ?? 0;
    const count = Math.min(length ?? buffer.byteLength - from, run.input.length - run.at);
    run.input.copy(
      new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength),
      from,
      run.at,
      run.at + count,
    );
    run.at += count;
    return count;
  },
  writeSync(fd, data, ...rest) {
    if ((fd !== 1 && fd !== 2) || rest.length > 0) return undefined;
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    if (!(bytes instanceof Uint8Array)) return undefined;
    keep(fd, bytes);
    return bytes.length;
  },
  writeFileSync(path, data, ...rest) {
    if ((path !== 1 && path !== "/dev/stdout") || rest.length > 0) return undefined;
    return this.writeSync(1, data) === undefined ? undefined : null;
  },
};
for (const [name, { value: original, get }] of Object.entries(Object.getOwnPropertyDescriptors(fs))) {
  // A getter loads what is behind it, which takes longer than most programs: not before it is asked.
  if (get) Object.defineProperty(fs, name, { configurable: true, get: () => (touch(), get.call(fs)) });
  if (typeof original !== "function" || /^[A-Z_]/.test(name)) continue;
  fs[name] = function (...args) {
    const answer = Object.hasOwn(imitated, name) ? imitated[name](...args) : undefined;
    if (answer !== undefined) return answer === null ? undefined : answer;
    touch();
    return original.apply(this, args);
  };
}

function loadFor(module) {
  const load = (name) => {
    const bare = String(name).replace(/^node:/, "");
    if (!SHARED.has(bare)) touch();
    return real.require(name);
  };
  load.main = module;
  load.cache = {};
  load.resolve = (name) => (touch(), real.require.resolve(name));
  return load;
}

process.exit = (code = process.exitCode) => {
  finish(Number(code ?? 0));
  throw new Exit();
};
for (const name of [
  "on",
  "once",
  "addListener",
  "prependListener",
  "kill",
  "abort",
  "reallyExit",
  "chdir",
  "binding",
  "dlopen",
]) {
  const original = process[name];
  Object.defineProperty(process, name, {
    configurable: true,
    writable: true,
    value(...args) {
      if (run?.inside) touch();
      return original.apply(this, args);
    },
  });
}

/** Everything a program could change that the next input would see. */
const BUILTINS = [globalThis, JSON, Math, Reflect, console];
for (const name of Object.getOwnPropertyNames(globalThis)) {
  const value = Object.getOwnPropertyDescriptor(globalThis, name).value;
  if (typeof value === "function" && value.prototype) BUILTINS.push(value, value.prototype);
}
const look = (object) =>
  Reflect.ownKeys(object).map((key) => {
    const { value, get, set } = Object.getOwnPropertyDescriptor(object, key);
    return [key, value, get, set];
  });
let before;
const changed = () =>
  BUILTINS.some((object, index) => {
    const now = look(object);
    const then = before[index];
    if (now.length !== then.length) return true;
    return now.some((entry, at) => entry.some((part, column) => !Object.is(part, then[at][column])));
  });

function nextLine() {
  const piece = Buffer.alloc(65536);
  const parts = [pending];
  for (;;) {
    const last = parts[parts.length - 1];
    const at = last.indexOf(10);
    if (at >= 0) {
      const line = Buffer.concat([...parts.slice(0, -1), last.subarray(0, at)]).toString("utf8");
      pending = Buffer.from(last.subarray(at + 1));
      return line;
    }
    const got = real.readSync(3, piece);
    if (got === 0) real.exit.call(process, 0);
    parts.push(Buffer.from(piece.subarray(0, got)));
  }
}

function reply(answer) {
  const text = (fd) => concat(run.out[fd]).toString("utf8");
  const whole = { stdout: text(1), stderr: text(2).slice(-4000), ...answer, token: run.token };
  const bytes = bytesOf(`${stringify(whole)}\n`);
  for (let at = 0; at < bytes.length;) at += real.writeSync(4, bytes, at);
}

/** The program has ended. What it left behind must neither speak nor be seen by the next input. */
function finish(code) {
  if (run.over) return;
  run.over = true;
  run.inside = false;
  if (run.touched) {
    reply({ solo: true });
    real.exit.call(process, 0);
  }
  const left = process.getActiveResourcesInfo().some((name) => name !== "Immediate");
  const last = left || changed();
  reply({ code, last });
  if (last) real.exit.call(process, 0);
}

function fail(error) {
  if (error instanceof Exit) return;
  if (!run.over)
    keep(2, Buffer.from(`${error instanceof Error ? error.stack : `Uncaught ${inspect(error)}`}\n`));
  finish(1);
}

function begin() {
  const { input, token } = parse(nextLine());
  run = {
    token,
    input: Buffer.from(input),
    at: 0,
    out: { 1: [], 2: [] },
    size: { 1: 0, 2: 0 },
    inside: true,
  };
  process.exitCode = undefined;
  const own = run;
  let stdin;
  const streams = { stdout: new Sink(1), stderr: new Sink(2) };
  for (const [name, value] of Object.entries(streams))
    Object.defineProperty(process, name, { value, configurable: true });
  Object.defineProperty(process, "stdin", {
    configurable: true,
    get() {
      if (stdin === undefined) {
        stdin = new Readable({ read() {} });
        stdin.fd = 0;
        const rest = own.input.subarray(own.at);
        own.at = own.input.length;
        if (rest.length > 0) stdin.push(Buffer.from(rest));
        stdin.push(null);
      }
      return stdin;
    },
  });
  Object.assign(console, new Console(streams.stdout, streams.stderr));
  before ??= BUILTINS.map(look);
  before[BUILTINS.indexOf(console)] = look(console);
  const module = { exports: {}, id: ".", filename: "/app/main.js", loaded: false, children: [], paths: [] };
  try {
    program.call(module.exports, module.exports, loadFor(module), module, "/app/main.js", "/app");
  } catch (error) {
    fail(error);
  }
}

process.argv = [process.execPath, "/app/main.js"];
process.execArgv = [];
run = { over: true, out: { 1: [], 2: [] } };
const job = parse(nextLine());
let program;
try {
  const parameters = ["exports", "require", "module", "__filename", "__dirname"];
  program = compileFunction(job.source.replace(/^#!.*/, ""), parameters, { filename: "/app/main.js" });
} catch (error) {
  reply({ syntax: `${error.name}: ${error.message}` });
  real.exit.call(process, 0);
}
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
process.on("beforeExit", () => {
  finish(Number(process.exitCode ?? 0));
  setImmediate(begin);
});
setImmediate(begin);
