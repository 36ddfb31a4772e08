// What a process still holds once nothing is waiting to be collected.
import {setFlagsFromString} from "node:v8"
import {runInNewContext} from "node:vm"

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

/** Bytes after forced collections: the heap in use, array buffers outside of it, and the process as the system sees it. */
export async function memoryAfterGc(): Promise<{heap: number; buffers: number; resident: number}> {
  // What finalisers and closing sockets let go of is garbage of the next round only.
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 25))
    collect()
  }
  const {heapUsed, arrayBuffers, rss} = process.memoryUsage()
  return {heap: heapUsed, buffers: arrayBuffers, resident: rss}
}
