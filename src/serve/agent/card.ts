/** The agent card: what the agent is called, where it listens, what it can do and who may ask. */
import { A2A_PROTOCOL_VERSION, type AgentCard, type AgentSkill } from "@a2a-js/sdk";
import { duplicateInterfacesForLegacy } from "@a2a-js/sdk/compat/v0_3";
import { SECURITY_SCHEMES } from "./keys.ts";

export interface CardFacts {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly skills: readonly SkillFacts[];
}

export type SkillFacts = Pick<AgentSkill, "id" | "name" | "description" | "tags" | "examples">;

const OUTPUTS = ["text/plain", "application/json"];
/** Sources may come as files of their own. */
const INPUTS = [...OUTPUTS, "text/x-python", "text/javascript", "application/javascript", "text/x-diff"];

/** `url` is what clients reach the server by, without a slash at the end. */
export function agentCard(facts: CardFacts, url: string, secured: boolean): AgentCard {
  const at = (path: string, protocolBinding: string) => ({
    url: `${url}${path}`,
    protocolBinding,
    tenant: "",
    protocolVersion: A2A_PROTOCOL_VERSION,
  });
  const bindings = ["JSONRPC", "HTTP+JSON"];
  return {
    name: facts.name,
    description: facts.description,
    version: facts.version,
    provider: undefined,
    supportedInterfaces: duplicateInterfacesForLegacy(
      [at("/", "JSONRPC"), at("/rest", "HTTP+JSON")],
      bindings,
    ),
    capabilities: { streaming: true, pushNotifications: true, extendedAgentCard: false, extensions: [] },
    securitySchemes: secured ? { ...SECURITY_SCHEMES } : {},
    securityRequirements: secured
      ? Object.keys(SECURITY_SCHEMES).map((name) => ({ schemes: { [name]: { list: [] } } }))
      : [],
    defaultInputModes: INPUTS,
    defaultOutputModes: OUTPUTS,
    skills: facts.skills.map((skill) => ({
      ...skill,
      inputModes: INPUTS,
      outputModes: OUTPUTS,
      securityRequirements: [],
    })),
    signatures: [],
  };
}
