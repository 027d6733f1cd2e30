/** Whatever completes prompts: checkpoints and endpoints. */
export { openCheckpointSampler, type CheckpointOptions } from "./checkpoint.ts";
export { createEndpointSampler, type EndpointOptions } from "./endpoint.ts";
export { checkSampler, openSampler, parseSamplers, type SamplerEntry } from "./file.ts";
