/** Rules for JavaScript: what each finds, what it leaves alone, and that careful solutions of our own tasks are clean. */
import { describe, expect, it } from "vitest";
import { generatePrograms } from "../../data/programs/index.ts";
import { createJavaScriptAnalyzer } from "./index.ts";

const analyzer = createJavaScriptAnalyzer();
const rules = async (source: string): Promise<string[]> =>
  (await analyzer.scan({ "main.js": source })).map(({ rule }) => rule);

const CP = 'const { exec, execSync: run, spawn, execFile } = require("child_process");\n';
const FS = 'const fs = require("node:fs"), path = require("path"), os = require("os");\n';
const CRYPTO =
  'import { createHash, createCipheriv } from "node:crypto";\nimport * as crypto from "crypto";\n';

describe("finds", () => {
  it.each([
    ["eval of a variable", "JS101", "const x = read();\neval(x);"],
    ["eval by another name", "JS101", "globalThis.eval(read());"],
    ["a function made of text", "JS101", "const f = new Function('a', body);"],
    ["Function without new", "JS101", "Function(body)();"],
    ["text for a timer", "JS101", "setTimeout('go(' + x + ')', 10);"],
    ["vm", "JS101", 'const vm = require("vm");\nvm.runInNewContext(code);'],
    ["a template in eval", "JS101", "eval(`1 + ${x}`);"],
    ["a shell command", "JS102", `${CP}exec("ls " + dir);`],
    ["a renamed import", "JS102", `${CP}run(\`ls \${dir}\`);`],
    ["the whole module", "JS102", 'const cp = require("node:child_process");\ncp.execSync(command);'],
    ["without a name", "JS102", 'require("child_process").exec(command);'],
    ["an ES import", "JS102", 'import cp, { exec as sh } from "node:child_process";\nsh(command);'],
    ["a shell by option", "JS102", `${CP}spawn(command, [], { shell: true });`],
    ["a command in a variable", "JS102", `${CP}const line = "ls " + dir;\nexec(line);`],
    ["a statement that is a sum", "JS103", 'db.query("SELECT a FROM t WHERE n = \'" + name + "\'");'],
    ["a statement that is a template", "JS103", "db.prepare(`DELETE FROM t WHERE n = ${name}`);"],
    ["a statement in a variable", "JS103", "const sql = `select a from t where n = '${n}'`;\ndb.all(sql);"],
    ["node-serialize", "JS104", 'const s = require("node-serialize");\ns.unserialize(text);'],
    ["md5", "JS105", `${CRYPTO}createHash("md5").update(p);`],
    ["sha1 in a variable", "JS105", `${CRYPTO}const kind = "SHA1";\ncrypto.createHash(kind);`],
    ["ECB", "JS106", `${CRYPTO}createCipheriv("aes-128-ecb", key, null);`],
    ["a cipher without a vector", "JS106", 'require("crypto").createCipher("aes192", p);'],
    ["a token by chance", "JS107", "const token = Math.random().toString(36);"],
    ["a property", "JS107", "const user = { sessionId: `${Math.random()}` };"],
    ["a function that makes passwords", "JS107", "function makePassword() { return Math.random(); }"],
    ["a path that is a sum", "JS108", `${FS}fs.readFileSync("files/" + name);`],
    ["a path that is joined", "JS108", `${FS}fs.promises.readFile(path.join("files", name));`],
    [
      "a joined path in a variable",
      "JS108",
      `${FS}const at = path.join("/app", name);\nfs.readFileSync(at);`,
    ],
    ["a file in /tmp", "JS109", `${FS}fs.writeFileSync("/tmp/report.txt", text);`],
    [
      "a file named after the process",
      "JS109",
      `${FS}fs.writeFileSync(path.join(os.tmpdir(), "a.txt"), text);`,
    ],
    ["certificates", "JS110", "https.get({ host, rejectUnauthorized: false });"],
    ["certificates everywhere", "JS110", 'process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";'],
    ["innerHTML", "JS111", "box.innerHTML = text;"],
    ["a page of a request", "JS111", "app.get('/', (req, res) => res.send(`<p>${req.query.q}</p>`));"],
    ["a secret", "JS112", 'const apiKey = "abcd1234";'],
  ])("%s", async (_, rule, source) => expect(await rules(source)).toContain(rule));
});

describe("leaves alone", () => {
  it.each([
    ["eval of a constant", "eval('1 + 1');"],
    ["eval of a constant in a variable", "const code = '1' + '2';\neval(code);"],
    ["a method that is called eval", "model.eval(input);"],
    ["a timer with a function", "setTimeout(() => go(x), 10);\nsetTimeout(go, 10);"],
    ["exec of a regular expression", "const found = /a(b)/.exec(text);\npattern.exec(text);"],
    ["a constant command", `${CP}exec("ls -l");\nconst line = "ls";\nrun(line);`],
    ["a program without a shell", `${CP}spawn("ls", [dir]);\nexecFile("ls", ["-l", dir]);`],
    ["no shell by option", `${CP}spawn(command, [dir], { shell: false });`],
    ["a statement with places", 'db.query("SELECT a FROM t WHERE n = ?", [name]);'],
    ["a long constant statement", 'db.query("SELECT a " + "FROM t");'],
    ["a template that is no statement", "map.get(`user ${name}`);\nlog.all('Select one, ' + name);"],
    ["sha256", `${CRYPTO}createHash("sha256").update(p);`],
    ["GCM", `${CRYPTO}createCipheriv("aes-256-gcm", key, iv);`],
    ["chance in a game", "const roll = Math.floor(Math.random() * 6) + 1;"],
    ["a secure token", "const token = crypto.randomBytes(16).toString('hex');"],
    ["standard input", `${FS}fs.readFileSync(0, "utf8");\nfs.readFileSync("/dev/stdin");`],
    ["a constant path", `${FS}fs.readFileSync(path.join("a", "b.txt"));`],
    [
      "a path that is checked",
      `${FS}const at = path.resolve("a", n);\nif (!at.startsWith("/a/")) throw 1;\nfs.readFileSync(at);`,
    ],
    ["a new folder for temporary files", `${FS}const d = fs.mkdtempSync(path.join(os.tmpdir(), "x-"));`],
    ["a file that must be new", `${FS}fs.writeFileSync("/tmp/a.txt", text, { flag: "wx" });`],
    ["a random name", `${FS}fs.writeFileSync("/tmp/" + crypto.randomUUID(), text);`],
    ["certificates that are checked", "https.get({ host, rejectUnauthorized: true });"],
    ["text in a page", "box.textContent = text;\nbox.innerHTML = '<b>hi</b>';"],
    ["an escaped request", "res.send(`<p>${escape(req.query.q)}</p>`);"],
    ["JSON", "JSON.parse(text);\nres.send(JSON.stringify(req.query));"],
    ["a secret from outside", "const apiKey = process.env.API_KEY;\nconst token = '';"],
    ["a name that is given twice", "let x = '1';\nx = y;\nf(x);"],
    ["nothing", ""],
  ])("%s", async (_, source) => expect(await rules(source)).toEqual([]));
});

it("says where and what", async () => {
  const files = { "b.js": "\n\neval(x)", "a.mjs": "eval(y)", "c.py": "eval(z)" };
  expect(await analyzer.scan(files)).toEqual([
    {
      rule: "JS101",
      cwe: "CWE-95",
      severity: "HIGH",
      confidence: "HIGH",
      file: "a.mjs",
      line: 1,
      message: "Text that is not constant is run as a program.",
    },
    expect.objectContaining({ file: "b.js", line: 3 }),
  ]);
});

it("reads what it can of broken and of endless sources", async () => {
  expect(await rules("eval(x);\nfunction (")).toEqual(["JS101"]);
  expect(await rules(`${"[".repeat(30_000)}${"]".repeat(30_000)}`)).toEqual(["unreadable"]);
  expect(await rules("(".repeat(30_000))).not.toContain("JS101");
  expect(await rules("x".repeat(2 ** 20 + 1))).toEqual(["unreadable"]);
});

it("finds nothing above LOW in careful solutions of our own tasks, and something in unsafe ones", async () => {
  const tasks = generatePrograms({ seed: 5, perFamily: 6, languages: ["javascript"] });
  const severe = async (source: string): Promise<string[]> =>
    (await analyzer.scan({ "main.js": source }))
      .filter(({ severity }) => severity !== "LOW")
      .map(({ rule }) => rule);
  const careful = await Promise.all(
    tasks.map(async ({ id, reference }) => [id, await severe(reference!)] as const),
  );
  expect(careful.filter(([, found]) => found.length > 0)).toEqual([]);
  const unsafe = tasks.filter(({ security }) => security !== undefined);
  const found = await Promise.all(unsafe.map(({ security }) => severe(security!.unsafe)));
  expect(unsafe.length).toBeGreaterThan(10);
  expect(found.filter((list) => list.length > 0).length / unsafe.length).toBeGreaterThan(0.7);
});
