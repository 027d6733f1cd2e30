/** The skills as the card describes them. */
import type { SkillFacts } from "./card.ts";

export const SKILL_IDS = ["analyze", "patch", "classify", "triage", "play"] as const;
export type SkillId = (typeof SKILL_IDS)[number];

export const SKILLS: readonly (SkillFacts & { readonly id: SkillId })[] = [
  {
    id: "analyze",
    name: "Analyze code",
    description:
      "Finds weaknesses in Python and JavaScript with static analyzers, and with a model where one is configured, which may add findings and never removes one. Input: code, or files {path: source}.",
    tags: ["security", "code-analysis", "vulnerability-detection", "cwe"],
    examples: ['{"skill": "analyze", "files": {"app.py": "..."}}'],
  },
  {
    id: "patch",
    name: "Patch code",
    description:
      "Proposes a fix, or checks one. With a scenario the patched application is started in isolation, used and attacked; with tests the program is run on them; without either the answer says that nothing was verified.",
    tags: ["security", "patch", "verification", "exploit"],
    examples: [
      '{"skill": "patch", "scenario": "library"}',
      '{"skill": "patch", "code": "...", "tests": [{"input": "", "output": ""}]}',
    ],
  },
  {
    id: "classify",
    name: "Classify an advisory",
    description: "Names the weakness (CWE) that a description of a vulnerability speaks of. Input: text.",
    tags: ["security", "cwe", "advisory", "classification"],
    examples: ["classify: The id parameter is concatenated into an SQL statement."],
  },
  {
    id: "triage",
    name: "Triage HTTP",
    description:
      "Decides by rules what a raw HTTP request and its response prove: missing headers, script injection, SQL errors, redirects, CORS, cookies, leaks. Input: request, response.",
    tags: ["security", "http", "triage", "false-positives"],
    examples: [
      '{"skill": "triage", "request": "GET / HTTP/1.1\\r\\n\\r\\n", "response": "HTTP/1.1 200 OK\\r\\n\\r\\n"}',
    ],
  },
  {
    id: "play",
    name: "Play the patch environment",
    description:
      "Answers each observation of the patch environment with one action; messages of one context are one episode. Input: observation.",
    tags: ["security", "environment", "assessment"],
    examples: ['{"skill": "play", "observation": {}}'],
  },
];
