/** `npx tsx scripts/endpoint-soak.ts [REQUESTS] [SEED]`: 5,000 requests to a model endpoint, two in five of them left. */
import { growth, soakEndpoint } from "./soak/endpoint.ts";

const [requests = "5000", seed = "1"] = process.argv.slice(2);
const result = await soakEndpoint({ requests: Number(requests), seed: Number(seed) });
console.log(JSON.stringify(result));
if (result.problems.length > 0 || growth(result) !== undefined) process.exitCode = 1;
