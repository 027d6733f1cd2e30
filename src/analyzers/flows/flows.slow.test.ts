/** Flows, kind by kind: what reaches a place that does harm is found, and what was made harmless on the way is not. */
import { describe, expect, it } from "vitest";
import type { Files } from "../../core/index.ts";
import { createFlowAnalyzer } from "./index.ts";

const flows = createFlowAnalyzer();
const found = async (files: Files): Promise<string[]> =>
  (await flows.scan(files)).map(({ cwe, file, line }) => `${cwe} ${file}:${line}`);

const FLASK =
  "from flask import Flask, request, redirect, render_template, abort, Response\napp = Flask(__name__)\n";
/** A handler with the parameter `x` of the request in `x`; its body starts on line 5. */
const flask = (body: string, more = ""): Files => ({
  "app.py": `${FLASK}@app.get("/")\ndef view():\n    x = request.args.get("x", "")\n${body.replace(/^/gm, "    ")}\n${more}\n`,
});
const express = (body: string, more = ""): Files => ({
  "app.js": `const express = require("express");\nconst app = express();\n${more}\napp.get("/", (req, res) => {\n  const x = req.query.x;\n  ${body}\n});\n`,
});

/** A handler of FastAPI with the parameters `given`. */
const fastapi = (given: string, body: string, options = ""): Files => ({
  "main.py": `from fastapi import FastAPI, Query, Request\nfrom fastapi.responses import HTMLResponse\nfrom pydantic import BaseModel\napp = FastAPI()\nclass Order(BaseModel):\n    word: str\n    count: int\n@app.get("/{name}"${options})\ndef view(${given}):\n${body.replace(/^/gm, "    ")}\n`,
});

describe("FastAPI", () => {
  it.each([
    ["CWE-89", "x: str", 'db.execute("SELECT " + x)'],
    ["CWE-89", "x: str | None = None", 'db.execute("SELECT " + x)'],
    ["CWE-89", "order: Order", 'db.execute("SELECT " + order.word)'],
    ["CWE-78", "name: str", 'import os\nos.system("ping " + name)'],
  ])("%s: %s", async (cwe, given, body) => expect((await found(fastapi(given, body))).join()).toContain(cwe));

  it.each([
    ["x: int", 'db.execute(f"SELECT {x}")'],
    ["order: Order", 'db.execute(f"SELECT {order.count}")'],
    ['x: str = Query(pattern="^(a|b)$")', 'db.execute(f"SELECT {x}")'],
    ["name: str", 'open("files/" + name)'],
    ["x: str", 'return f"<p>{x}</p>"'],
  ])("nothing: %s", async (given, body) => expect(await found(fastapi(given, body))).toEqual([]));

  it("answers in pages where it says so", async () => {
    const page = fastapi("x: str", 'return f"<p>{x}</p>"', ", response_class=HTMLResponse");
    expect((await found(page)).join()).toContain("CWE-79");
  });
});

describe("Python", () => {
  it.each([
    ["CWE-89", "db.execute(\"SELECT * FROM t WHERE a = '%s'\" % x)"],
    ["CWE-89", 'db.execute(f"SELECT * FROM t ORDER BY {x}")'],
    ["CWE-89", 'db.execute("SELECT * FROM t WHERE a = {}".format(x))'],
    ["CWE-22", 'open("files/" + x).read()'],
    ["CWE-22", 'open("files/" + x.replace("../", "")).read()'],
    ["CWE-78", 'import os\nos.system("ping " + x)'],
    ["CWE-78", 'import subprocess\nsubprocess.run(f"ping {x}", shell=True)'],
    ["CWE-78", 'import subprocess\nsubprocess.run(["sh", "-c", "ping " + x])'],
    ["CWE-79", 'return f"<p>{x}</p>"'],
    ["CWE-79", 'return "<a href=\\"" + x.replace("<", "&lt;") + "\\">y</a>"'],
    ["CWE-94", "eval(x)"],
    ["CWE-502", "import pickle\npickle.loads(x)"],
    ["CWE-601", "return redirect(x)"],
    ["CWE-1336", "from flask import render_template_string\nreturn render_template_string(x)"],
    ["CWE-918", "import requests\nrequests.get(x)"],
    ["CWE-117", 'import logging\nlogging.info("asked for " + x)'],
    ["CWE-347", "import hmac\nhmac.new(KEY, b'', 'sha256').hexdigest().startswith(x)"],
    ["CWE-502", "import importlib\nmake = getattr(importlib.import_module(x), x)\nmake()"],
    [
      "CWE-611",
      "from xml.etree import ElementInclude\ndef load(href, parse, encoding=None):\n    return open(href).read()\nElementInclude.include(x, loader=load)",
    ],
  ])("%s: %s", async (cwe, body) => expect((await found(flask(body))).join()).toContain(cwe));

  it.each([
    'db.execute("SELECT * FROM t WHERE a = ?", (x,))',
    'db.execute(f"SELECT * FROM t WHERE a = {int(x)}")',
    'if x not in ("a", "b"):\n    abort(400)\ndb.execute(f"SELECT * FROM t ORDER BY {x}")',
    'column = {"a": "a"}.get(x, "b")\ndb.execute("SELECT * FROM t ORDER BY " + column)',
    'import re\nif not re.fullmatch(r"[a-z0-9]+", x):\n    abort(400)\nopen("files/" + x)',
    'from pathlib import Path\np = (Path("files") / x).resolve()\nif not p.is_relative_to(Path("files").resolve()):\n    abort(404)\np.read_text()',
    'import os\np = os.path.realpath(os.path.join("/srv", x))\nif os.path.commonpath(["/srv", p]) != "/srv":\n    abort(404)\nopen(p)',
    'from werkzeug.utils import secure_filename\nopen("files/" + secure_filename(x))',
    'import subprocess\nsubprocess.run(["ping", x])',
    'import os, shlex\nos.system("ping " + shlex.quote(x))',
    'from html import escape\nreturn f"<p>{escape(x)}</p>"',
    'return {"x": x}',
    'return Response(x, mimetype="text/plain")',
    'return redirect("/page/" + x)',
    "import json\njson.loads(x)",
    'import logging\nlogging.info("asked for %r" % repr(x))',
    "import hmac\nif len(x) != 64:\n    abort(401)\nhmac.new(KEY, b'', 'sha256').hexdigest().startswith(x)",
    'import re\nm = re.fullmatch(r"([a-z]+):(.*)", x)\nopen("files/" + m.group(1))',
    'import requests\nfrom urllib.parse import urlsplit\nif urlsplit(x).netloc not in ("a.example", "b.example"):\n    abort(400)\nrequests.get(x)',
  ])("nothing: %s", async (body) => expect(await found(flask(body))).toEqual([]));

  it("follows text through files, classes and helpers, and names the line where it is put together", async () => {
    const files = {
      "app.py": `${FLASK}from store import Store\nstore = Store("x.db")\n@app.get("/")\ndef view():\n    return {"n": store.named(request.args["name"])}\n`,
      "store.py":
        "class Store:\n    def __init__(self, path):\n        self.path = path\n    def rows(self, sql):\n        return connect(self.path).execute(sql)\n    def named(self, name):\n        return self.rows(f\"SELECT 1 FROM t WHERE name = '{name}'\")\n",
    };
    expect(await found(files)).toEqual(["CWE-89 store.py:7"]);
    const [finding] = await flows.scan(files);
    expect(finding!.trace!.map(({ file, line }) => `${file}:${line}`)).toEqual(
      ["app.py:7", "app.py:7", "store.py:7", "store.py:7", "store.py:5"].filter(
        (place, at, all) => place !== all[at - 1],
      ),
    );
  });

  it("knows what a helper checks", async () => {
    const helper = "def plain(text):\n    if not text.isalnum():\n        raise ValueError(text)\n";
    expect(await found(flask('plain(x)\nopen("files/" + x)', helper))).toEqual([]);
    const weak = 'def plain(text):\n    if "script" in text:\n        raise ValueError(text)\n';
    expect((await found(flask('plain(x)\nopen("files/" + x)', weak))).join()).toContain("CWE-22");
  });

  it("reads templates", async () => {
    const page = (html: string): Files => ({
      ...flask('return render_template("p.html", x=x, y=1)'),
      "templates/p.html": html,
    });
    expect(await found(page("<p>\n{{ x|safe }}</p>"))).toEqual(["CWE-79 templates/p.html:2"]);
    expect(await found(page("{% for part in x %}{{ part|safe }}{% endfor %}"))).toHaveLength(1);
    expect(await found(page("<p>{{ x }}</p>{{ y|safe }}"))).toEqual([]);
  });
});

describe("JavaScript", () => {
  it.each([
    ["CWE-89", "db.query(`SELECT * FROM t WHERE a = '${x}'`);"],
    ["CWE-22", 'require("fs").readFileSync("files/" + x);'],
    [
      "CWE-22",
      'const p = require("path").normalize("files/" + x); if (p.startsWith("files")) require("fs").readFileSync(p);',
    ],
    ["CWE-78", 'require("child_process").exec("ping " + x);'],
    ["CWE-79", "res.send(`<p>${x}</p>`);"],
    ["CWE-94", "eval(x);"],
    ["CWE-601", "res.redirect(x);"],
    ["CWE-1321", "let at = {}; for (const k of x.split('.')) at = at[k]; at[x] = 1;"],
    ["CWE-918", "fetch(x);"],
    ["CWE-347", 'require("crypto").createHmac(JSON.parse(x).alg, "k");'],
    ["CWE-347", 'require("crypto").createHmac("sha256", KEY).update(m).digest("hex").startsWith(x);'],
    ["CWE-502", "const Kind = require(x)[x]; new Kind();"],
  ])("%s: %s", async (cwe, body) => expect((await found(express(body))).join()).toContain(cwe));

  it.each([
    'db.query("SELECT * FROM t WHERE a = ?", [x]);',
    'const { resolve, sep } = require("path"); const p = resolve("files", x); if (!p.startsWith(ROOT + sep)) return; require("fs").readFileSync(p);',
    'require("child_process").execFile("ping", [x]);',
    "res.json({ x });",
    "res.send(`<p>${encodeURIComponent(x)}</p>`);",
    'res.type("text/plain").send(x);',
    'if (!["/a", "/b"].includes(x)) return; res.redirect(x);',
    'const { origin } = new URL(x, "http://here.invalid"); if (origin !== "http://here.invalid") return; res.redirect(x);',
    'if (!/^[a-z]+$/.test(x)) return; db.query("SELECT " + x);',
    'const [, a] = /^([a-z]+)\\/(.*)$/.exec(x); require("fs").readFileSync("files/" + a);',
    'if (!["a.example"].includes(new URL(x).host)) return; fetch(x);',
    'require("fs").appendFileSync("log", `${[x].map((t) => encodeURIComponent(t)).join(" ")}\\n`);',
    'let at = Object.create(null); for (const k of x.split(".")) at = at[k]; at[x] = 1;',
    'let at = {}; for (const k of x.split(".")) { if (k === "__proto__") return; at = at[k]; }',
  ])("nothing: %s", async (body) => expect(await found(express(body))).toEqual([]));

  it("follows modules and callbacks", async () => {
    const files = {
      ...express("find(x).then((rows) => res.json(rows));", 'const { find } = require("./lib/find");'),
      "lib/find.js":
        'const { exec } = require("node:child_process");\nfunction run(command) {\n  return new Promise((done) => { exec(command, done); });\n}\nmodule.exports = { find: (word) => run(`grep ${word} list`) };\n',
    };
    expect(await found(files)).toEqual(["CWE-78 lib/find.js:5"]);
  });
});

describe("settings", () => {
  it.each([
    ["CWE-611", { "a.py": "from lxml import etree\nparser = etree.XMLParser(resolve_entities=True)\n" }],
    ["CWE-611", { "a.py": "reader.setFeature(xml.sax.handler.feature_external_ges, True)\n" }],
    ["CWE-347", { "a.py": 'import jwt\njwt.decode(t, options={"verify_signature": False})\n' }],
    ["CWE-347", { "a.js": 'jwt.verify(t, k, { algorithms: ["none"] });\n' }],
  ])("%s: %j", async (cwe, files) => expect((await found(files)).join()).toContain(cwe));

  it("are left alone where they are right", async () => {
    const source =
      "parser = etree.XMLParser(resolve_entities=False)\nreader.setFeature(feature_external_ges, False)\n";
    expect(await found({ "a.py": source })).toEqual([]);
  });
});

describe("hostile sources", () => {
  it("are given up when their time is over, and the others are not", async () => {
    const hurried = createFlowAnalyzer({ secondsPerFile: 0 });
    const long = { "long.py": "f(a, b, c)\n".repeat(2000) };
    const findings = await hurried.scan({ ...flask("eval(x)"), ...long });
    expect(findings.map(({ rule, file }) => `${rule} ${file}`)).toContain("unreadable long.py");
    expect(findings.find(({ file }) => file === "long.py")!.message).toContain("given up after 0 s");
  });

  it("are followed once, however long a chain of calls is", async () => {
    const chain = `db${".where(1)".repeat(60)};`;
    expect(await found(express(`${chain} eval(x);`))).toEqual(["CWE-94 app.js:6"]);
  });

  it.each([
    ["a.py", `${"(".repeat(20_000)}${")".repeat(20_000)}\n`],
    ["a.js", `${"[".repeat(20_000)}${"]".repeat(20_000)};\n`],
    ["a.py", `x = ${Array.from({ length: 3000 }, () => "'a'").join(" + ")}\n`],
    ["a.js", `const f = ${"() => ".repeat(5000)}1;\n`],
    ["a.py", "def f(:\n  ]]] \u0000 \ud800"],
    ["a.py", "def f(x): return f(f(f(x)))\nf(f)\nclass A(A): pass\nA().b.c\n"],
  ])("end with an answer: %s", async (name, text) => {
    const findings = await flows.scan({ [name]: text });
    expect(findings.every(({ rule }) => rule === "unreadable")).toBe(true);
  });
});
