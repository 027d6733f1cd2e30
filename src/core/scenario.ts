/** A scenario: a vulnerable application with its oracle. Pure data; `src/verify` gives it behaviour. */
import { z } from "zod";
import { SCENARIO_TYPES } from "./cwe.ts";
import { PatchSchema, type Patch } from "./patch.ts";
import { STACKS } from "./stack.ts";

/**
 * Placeholders allowed in `databases`, `assets`, `outside`, requests and expectations, never in `files`:
 * `{{canary:NAME}}` a secret drawn afresh for every verification, the same wherever NAME occurs;
 * `{{nonce}}` a lower-case alphanumeric token drawn afresh for every verification.
 * In requests and expectations also `{{capture:NAME}}`: what an earlier step of the same sequence captured.
 */
export const RequestSchema = z.strictObject({
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]).default("GET"),
  /** Raw request target, sent byte for byte: `/files?name=..%2fx`. */
  path: z.string().startsWith("/"),
  headers: z.record(z.string(), z.string()).default({}),
  /** Sent as application/x-www-form-urlencoded. At most one of form, json, body. */
  form: z.record(z.string(), z.string()).optional(),
  json: z.json().optional(),
  body: z.string().optional(),
});
export type Request = z.infer<typeof RequestSchema>;

export const ExpectationSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("status"), in: z.array(z.int()).min(1) }),
  z.strictObject({ kind: z.literal("contains"), text: z.string().min(1) }),
  z.strictObject({ kind: z.literal("not-contains"), text: z.string().min(1) }),
  z.strictObject({ kind: z.literal("header"), name: z.string(), contains: z.string() }),
  /** A parser that behaves as a browser finds attacker script or a handler that mentions `marker` (CWE-79). */
  z.strictObject({ kind: z.literal("script"), marker: z.string().min(1) }),
  z.strictObject({ kind: z.literal("no-script"), marker: z.string().min(1) }),
  /** The body differs from (or equals) the body captured earlier in the same sequence under `capture`. */
  z.strictObject({ kind: z.literal("differs"), capture: z.string() }),
  z.strictObject({ kind: z.literal("equals"), capture: z.string() }),
  /** A browser that follows the Location header leaves for another host, whose name holds `host` (CWE-601). */
  z.strictObject({ kind: z.literal("leaves"), host: z.string().min(1) }),
  z.strictObject({ kind: z.literal("stays") }),
  /**
   * The answer takes at least `factor` times as long as that of the step captured under `than` (CWE-1333): each of three
   * attempts does, and the quick one is taken to need 5 ms at least. Used for one step of a sequence, the last.
   */
  z.strictObject({ kind: z.literal("slower"), than: z.string(), factor: z.number().min(4) }),
]);
export type Expectation = z.infer<typeof ExpectationSchema>;

export const CaptureSchema = z.strictObject({
  name: z.string(),
  header: z.string().optional(),
  match: z.string(),
});
export type Capture = z.infer<typeof CaptureSchema>;

export const StepSchema = z.strictObject({
  request: RequestSchema,
  /** Keeps the body under a name, or the first group of `match`, a regular expression on the body or on a header. */
  capture: z.union([z.string(), CaptureSchema]).optional(),
  expect: z.array(ExpectationSchema).default([]),
});
export type Step = z.infer<typeof StepSchema>;

/**
 * Passes when every expectation of every step holds. Cookies set by a step are sent by the later ones. In place of
 * steps, `script` names a function of the scenario's script.
 */
export const CheckSchema = z
  .strictObject({
    name: z.string(),
    steps: z.array(StepSchema).default([]),
    script: z.string().regex(/^\w+$/).optional(),
  })
  .refine(({ steps, script }) => steps.length > 0 !== (script !== undefined), "expected steps or a script");
export type Check = z.infer<typeof CheckSchema>;

/** An attack; it has succeeded when every expectation of every step holds. */
export const ExploitSchema = CheckSchema;
export type Exploit = Check;

export const LocationSchema = z.strictObject({ file: z.string(), line: z.int().positive() });
export type Location = z.infer<typeof LocationSchema>;

export const WeaknessSchema = z.strictObject({
  id: z.string(),
  cwe: z.string().regex(/^CWE-\d+$/),
  type: z.enum(SCENARIO_TYPES),
  /** Lines that an expert would accept as "the vulnerable line": where tainted text is built, and the sink. */
  locations: z.array(LocationSchema).min(1),
  exploits: z.array(ExploitSchema).min(1),
  /** Attacks never shown to a policy in training: encodings, other quoting, UNION and boolean forms, ... */
  variants: z.array(ExploitSchema).min(4),
});
export type Weakness = z.infer<typeof WeaknessSchema>;

export const NamedPatchSchema = z.strictObject({ name: z.string(), patch: PatchSchema });
export type NamedPatch = z.infer<typeof NamedPatchSchema>;

export const ScenarioSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  title: z.string(),
  family: z.string(),
  stack: z.enum(STACKS),
  /**
   * The module that is served. Python: it defines `app`, a WSGI or (FastAPI) an ASGI callable. JavaScript (CommonJS): it exports the Express
   * or Fastify application, a request listener `(req, res)`, or an `http.Server` that does not listen yet.
   */
  entry: z.string().default("app.py"),
  /** Sources the model sees and may patch, relative to the application root. */
  files: z.record(z.string(), z.string()),
  /** Other files below the application root: documents to serve, static pages. */
  assets: z.record(z.string(), z.string()).default({}),
  /** SQLite files below the root, each made from SQL before the application starts. */
  databases: z.record(z.string(), z.string()).default({}),
  /** Files outside the application root (absolute, below /srv): what a traversal must not reach. */
  outside: z.record(z.string().startsWith("/srv/"), z.string()).default({}),
  /** JavaScript (CommonJS) whose functions checks and exploits may name: see `Script`. Runs isolated, like a candidate. */
  script: z.string().optional(),
  visible: z.array(CheckSchema).min(1),
  hidden: z.array(CheckSchema).min(1),
  /** Requests whose answers a fix must not change: compared with the unpatched application's. */
  benign: z.array(RequestSchema).min(1),
  weaknesses: z.array(WeaknessSchema).min(1),
  reference: PatchSchema,
  alternatives: z.array(NamedPatchSchema).min(2),
  /** Patches that try to win without fixing; each must be refused. */
  cheats: z.array(NamedPatchSchema).min(6),
});
export type Scenario = z.infer<typeof ScenarioSchema>;
export type ScenarioInput = z.input<typeof ScenarioSchema>;

/** The patches that must win: the reference first, then the alternatives. */
export const correctPatches = ({ reference, alternatives }: Scenario): Patch[] => [
  reference,
  ...alternatives.map((alternative) => alternative.patch),
];
