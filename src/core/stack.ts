/** What the applications of scenarios are written with. */

export const STACKS = ["flask", "fastapi", "express", "fastify", "node"] as const;
export type Stack = (typeof STACKS)[number];
export const STACK_TITLES: Readonly<Record<Stack, string>> = {
  flask: "Flask",
  fastapi: "FastAPI",
  express: "Express",
  fastify: "Fastify",
  node: "Node.js http",
};
export const languageOf = (stack: Stack): "Python" | "JavaScript" =>
  stack === "flask" || stack === "fastapi" ? "Python" : "JavaScript";
