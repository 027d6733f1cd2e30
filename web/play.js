/**
 * Plays one session of an environment server by hand: over the same WebSocket, with the same frames as any client.
 * What comes from the environment is hostile (sources of vulnerable applications, output of their attackers): it only
 * ever becomes the text of a text node or the value of a field.
 */

const byId = (id) => document.getElementById(id);

/** An element with text or elements inside. */
function make(tag, content = [], properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...[content].flat());
  return element;
}

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 1));

async function read(path, body) {
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(path, options);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

/** One frame out, the next frame in. */
class Session {
  #socket;
  #waiting = [];

  /** `onEnd` is told why. */
  async open(onEnd) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.#socket = new WebSocket(`${scheme}//${location.host}/ws`);
    this.#socket.onmessage = ({ data }) => this.#waiting.shift()?.resolve(JSON.parse(data));
    this.#socket.onclose = () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error("the session has ended"));
      onEnd();
    };
    await new Promise((resolve, reject) => {
      this.#socket.onopen = resolve;
      this.#socket.onerror = () => reject(new Error("the server takes no session"));
    });
  }

  /** The data of the answer. Throws Error with the server's words for an error frame. */
  async ask(type, data) {
    const answer = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#socket.send(JSON.stringify(data === undefined ? { type } : { type, data }));
    const reply = await answer;
    if (reply.type !== "error") return reply.data;
    const wrong = (reply.data.errors ?? []).map(({ loc, msg }) => `${loc.join(".")}: ${msg}`);
    throw new Error([reply.data.message, ...wrong].join("; "));
  }

  close() {
    if (this.#socket) this.#socket.onclose = null;
    this.#socket?.close();
  }
}

let session;
let actions = [];
let openAgain = new Set();

/** The kinds of actions that a JSON Schema allows: name, and the schema of an object. */
function kindsOf(schema) {
  const choices = schema.oneOf ?? schema.anyOf ?? [schema];
  return choices.map((one) => {
    const named = Object.values(one.properties ?? {}).find((property) => "const" in property);
    return { name: named?.const ?? one.title ?? "action", schema: one };
  });
}

function fieldFor(name, property, required) {
  const label = make("label", `${name}${required ? "" : " (optional)"} `);
  if (property.description) label.title = property.description;
  const field = property.enum
    ? make(
        "select",
        property.enum.map((value) => make("option", String(value))),
      )
    : property.type === "integer" || property.type === "number" || name === "path" || name === "file"
      ? make("input", [], { type: property.type === "integer" ? "number" : "text" })
      : make("textarea", [], { spellcheck: false });
  if (property.type !== "string" && field.tagName === "TEXTAREA") field.placeholder = "JSON";
  field.name = name;
  field.required = required;
  label.append(field);
  return label;
}

function showFields() {
  const { schema } = actions[byId("kind").selectedIndex];
  const names = Object.entries(schema.properties ?? {}).filter(
    ([name, property]) => !("const" in property) && name !== "metadata",
  );
  const required = schema.required ?? [];
  byId("fields").replaceChildren(
    ...names.map(([name, property]) =>
      fieldFor(name, property, required.includes(name) && !("default" in property)),
    ),
  );
}

/** The action that the form says. Throws Error that names the field. */
function readForm() {
  const { schema } = actions[byId("kind").selectedIndex];
  const action = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if ("const" in property) action[name] = property.const;
    const value = byId("act").elements.namedItem(name)?.value;
    if (value === undefined || value === "") continue;
    if (property.type === "string" || property.enum) action[name] = value;
    else
      try {
        action[name] = JSON.parse(value);
      } catch {
        throw new Error(`${name}: expected JSON`);
      }
  }
  return action;
}

/** `=== path ===` before each file; observations without sources leave the files as they are. */
function showFiles(sources) {
  if (!sources) return;
  const files = sources.split(/^=== (.+) ===$/m).slice(1);
  byId("files").replaceChildren();
  for (let at = 0; at < files.length; at += 2)
    byId("files").append(
      make("details", [make("summary", files[at]), make("pre", files[at + 1].trim())], { open: at === 0 }),
    );
}

function showList(id, pairs) {
  byId(id).replaceChildren(
    ...pairs.flatMap(([name, value]) => [make("dt", name), make("dd", make("pre", asText(value)))]),
  );
}

const APART = ["source_code", "current_task", "verdict"];

function showObservation(observation) {
  if (observation.current_task) byId("text").textContent = observation.current_task;
  showFiles(observation.source_code);
  const shown = Object.entries(observation).filter(([name, value]) => {
    return (
      !APART.includes(name) && value !== "" && value !== null && !(Array.isArray(value) && value.length === 0)
    );
  });
  showList("observation", shown);
}

/** All rungs where the server shows them in the state, else those that an agent may see. */
function showEvidence(verdict, state) {
  const checks = verdict?.checks ?? [];
  const rungs =
    state.rungs ??
    [...new Set(checks.map(({ rung }) => rung))].map((name) => {
      const evidence = checks.filter(({ rung }) => rung === name);
      return { name, passed: evidence.every(({ passed }) => passed), evidence };
    });
  const kept = new Set(openAgain);
  byId("evidence").replaceChildren(
    ...(verdict ? [make("p", `${verdict.outcome}: ${verdict.message}`)] : []),
    ...rungs.map(({ name, passed, evidence }) => {
      const rows = evidence.map((one) => {
        const { name: check, passed: ok, rung: _, ...rest } = one;
        const facts = Object.entries(rest).map(([key, value]) => `${key}: ${asText(value)}`);
        return make("pre", [`${ok ? "passed" : "FAILED"} ${check}`, ...facts].join("\n"));
      });
      const details = make("details", [make("summary", `${name} (${evidence.length})`), ...rows], {
        className: passed ? "passed" : "failed",
        open: kept.has(name) || !passed,
      });
      details.ontoggle = () => (details.open ? openAgain.add(name) : openAgain.delete(name));
      return details;
    }),
  );
}

async function show(reply, said) {
  const { observation, reward, done } = reply;
  const state = await session.ask("state");
  showObservation(observation);
  const signal = (value) => (value === null || value === undefined ? "no signal" : String(value));
  showList("reward", [
    ["this step", signal(reward)],
    ...("total_reward" in state ? [["episode", signal(state.total_reward)]] : []),
    ...Object.entries(state.components ?? {}),
  ]);
  showEvidence(observation.verdict, state);
  byId("steps").append(
    make("li", make("code", `${said} -> ${observation.result ?? "answered"}, reward ${signal(reward)}`)),
  );
  byId("send").disabled = done;
  say(done ? "the episode is over" : "your turn");
}

function say(text, wrong = false) {
  byId("status").textContent = text;
  byId("status").className = wrong ? "error" : "";
}

async function begin() {
  session?.close();
  session = new Session();
  byId("send").disabled = true;
  say("connecting");
  await session.open(() => {
    byId("send").disabled = true;
    say("the session has ended", true);
  });
  const [split, index] = byId("task").value.split("\n");
  const seed = { seed: Number(byId("seed").value) };
  byId("steps").replaceChildren();
  openAgain = new Set();
  await show(await session.ask("reset", split ? { ...seed, split, index: Number(index) } : seed), "reset");
}

async function act() {
  const action = readForm();
  byId("send").disabled = true;
  say("waiting for the environment");
  try {
    await show(await session.ask("step", action), JSON.stringify(action).slice(0, 200));
  } catch (error) {
    byId("send").disabled = false;
    throw error;
  }
}

/** A form's submission that stays on the page; what goes wrong is said in the status. */
function onSubmit(id, work) {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    work().catch((error) => say(error.message, true));
  });
}

async function listTasks(name) {
  const options = [make("option", "by seed", { value: "" })];
  for (const { name: split } of await read(`/${name}/splits`).catch(() => [])) {
    const { tasks } = await read(`/${name}/tasks`, { split });
    for (const [index, task] of tasks.entries())
      options.push(
        make("option", task.title ?? task.id ?? `${split} ${index}`, { value: `${split}\n${index}` }),
      );
  }
  byId("task").replaceChildren(...options);
}

async function load() {
  const [{ name, description }, { action }] = await Promise.all([read("/metadata"), read("/schema")]);
  byId("name").textContent = name;
  byId("about").textContent = description;
  actions = kindsOf(action);
  byId("kind").replaceChildren(...actions.map(({ name: kind }) => make("option", kind)));
  byId("kind").addEventListener("change", showFields);
  showFields();
  onSubmit("begin", begin);
  onSubmit("act", act);
  await listTasks(name);
  say("choose a task and begin");
}

load().catch((error) => say(error.message, true));
