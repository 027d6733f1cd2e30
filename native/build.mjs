#!/usr/bin/env node
// Compiles native/src into native/build/ironbark.node against libtorch; does nothing when nothing has changed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const buildDir = join(here, "build");
const target = join(buildDir, "ironbark.node");
const stampFile = join(buildDir, "stamp");

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(3);
}

/** A libtorch root has include/ and lib/: an environment variable, the project's Python, then the system. */
function findLibtorch() {
  const isRoot = (dir) =>
    existsSync(join(dir, "include/ATen/ATen.h")) && existsSync(join(dir, "lib/libtorch_cpu.so"));
  const asked = process.env.IRONBARK_LIBTORCH;
  if (asked !== undefined && asked !== "") {
    const dir = resolve(asked);
    if (!isRoot(dir))
      fail(`IRONBARK_LIBTORCH is ${dir}, which has no include/ATen/ATen.h and lib/libtorch_cpu.so.`);
    return dir;
  }
  for (const dir of [...pythonTorch(join(root, ".venv")), ...systemTorch()]) if (isRoot(dir)) return dir;
  return fail("libtorch was not found: run `make setup`, or set IRONBARK_LIBTORCH to a libtorch folder.");
}

function pythonTorch(venv) {
  const lib = join(venv, "lib");
  if (!existsSync(lib)) return [];
  return readdirSync(lib)
    .filter((name) => name.startsWith("python3"))
    .map((name) => join(lib, name, "site-packages/torch"));
}

function systemTorch() {
  const python = spawnSync(
    "python3",
    [
      "-c",
      "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')",
    ],
    { encoding: "utf8" },
  );
  const found = python.status === 0 ? python.stdout.trim() : "";
  return [...(found === "" ? [] : [found]), "/opt/libtorch", "/usr/local/libtorch", "/usr/local", "/usr"];
}

function run(command, args) {
  return new Promise((done) => {
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", () => done(127));
    child.on("exit", (code) => done(code ?? 1));
  });
}

async function main() {
  const compiler = process.env.CXX ?? "g++";
  const version = spawnSync(compiler, ["--version"], { encoding: "utf8" });
  if (version.status !== 0)
    fail(
      `The C++ compiler ${compiler} was not found: install g++ 11 or newer (for instance \`apt-get install g++\`).`,
    );
  const libtorch = findLibtorch();
  const nodeHeaders = join(root, "node_modules/node-api-headers/include");
  if (!existsSync(nodeHeaders)) fail("The Node-API headers are missing: run `make setup` (or `npm ci`).");

  const sourceDir = join(here, "src");
  const files = readdirSync(sourceDir).sort();
  const torchVersion = readFileSync(join(libtorch, "include/torch/headeronly/version.h"));
  const hash = createHash("sha256").update(libtorch).update(torchVersion).update(version.stdout);
  for (const file of [...files.map((name) => join(sourceDir, name)), fileURLToPath(import.meta.url)])
    hash.update(readFileSync(file));
  const stamp = hash.digest("hex");
  if (existsSync(target) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;

  mkdirSync(buildDir, { recursive: true });
  rmSync(stampFile, { force: true });
  const include = [join(libtorch, "include"), join(libtorch, "include/torch/csrc/api/include"), nodeHeaders];
  const compile = ["-std=c++20", "-O2", "-fPIC", "-fvisibility=hidden", "-DNAPI_VERSION=8", "-c"];
  const sources = files.filter((name) => name.endsWith(".cpp"));
  const objects = sources.map((name) => join(buildDir, name.replace(/\.cpp$/, ".o")));
  process.stderr.write(`Compiling ${sources.length} files against libtorch in ${libtorch}\n`);
  const queue = sources.map((name, i) => [
    ...compile,
    ...include.map((dir) => `-isystem${dir}`),
    join(sourceDir, name),
    "-o",
    objects[i],
  ]);
  // Two at a time: each takes about a gigabyte of memory.
  const worker = async () => {
    for (let args = queue.shift(); args !== undefined; args = queue.shift())
      if ((await run(compiler, args)) !== 0)
        fail("Compiling the native engine failed (see the messages above).");
  };
  await Promise.all([worker(), worker()]);

  const lib = join(libtorch, "lib");
  const optional = ["torch_cuda", "c10_cuda"].filter((name) => existsSync(join(lib, `lib${name}.so`)));
  const temporary = `${target}.${process.pid}`;
  const link = [
    "-shared",
    "-o",
    temporary,
    ...objects,
    `-L${lib}`,
    `-Wl,-rpath,${lib}`,
    "-Wl,--no-as-needed",
  ];
  link.push("-ltorch", "-ltorch_cpu", "-lc10", ...optional.map((name) => `-l${name}`));
  if ((await run(compiler, link)) !== 0) fail("Linking the native engine failed (see the messages above).");
  renameSync(temporary, target);
  for (const object of objects) rmSync(object, { force: true });
  writeFileSync(stampFile, stamp);
}

await main();
