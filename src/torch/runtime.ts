/** What the engine runs on: threads, devices, versions. */
import { engine } from "./engine.ts";

/** Threads that one operator of this JavaScript thread may use. */
export function setNumThreads(count: number): void {
  engine.setThreads(count);
}
export function numThreads(): number {
  return engine.threads();
}
/** Number of CUDA devices; 0 without a GPU or with a CPU build. */
export function cudaDevices(): number {
  return engine.cudaDevices();
}
/** Version of libtorch that the addon was compiled against. */
export function torchVersion(): string {
  return engine.torchVersion();
}
