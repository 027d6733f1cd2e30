/** Whatever completes prompts: checkpoints and endpoints. */
export { openCheckpointSampler, type CheckpointOptions } from "./checkpoint.ts";
export { createEmbeddingSampler } from "./embeddings.ts";
export { createEndpointSampler, type EndpointOptions } from "./endpoint.ts";
export { collectBatch, submitBatch, type BatchEndpoint } from "./batch.ts";
export {
  batchEndpoint,
  checkSampler,
  openEmbeddings,
  openSampler,
  parseSamplers,
  type SamplerEntry,
} from "./file.ts";
