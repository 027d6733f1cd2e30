/** A verifier with everything it needs: a pool of sandboxes and Bandit. */
import { createBanditAnalyzer } from "../analyzers/index.ts";
import { createAppPool, type AppPool, type PoolOptions } from "../sandbox/index.ts";
import { createVerifier, type Verifier } from "./verifier.ts";

export interface OpenVerifier extends Verifier {
  /** For applications beside verification, such as an environment's sessions. */
  readonly pool: AppPool;
  /** Ends every process. */
  close(): Promise<void>;
}

/** Starts nothing yet. The caller closes it, which also lets the process end. */
export function openVerifier(options: PoolOptions & { readonly cache?: boolean } = {}): OpenVerifier {
  const { cache = true, ...poolOptions } = options;
  const pool = createAppPool(poolOptions);
  // A patch must not be able to silence what it adds.
  const analyzer = createBanditAnalyzer({ strict: true });
  const close = async (): Promise<void> => {
    await Promise.all([pool.close(), analyzer.close()]);
  };
  return { ...createVerifier({ pool, analyzer, cache }), pool, close };
}
