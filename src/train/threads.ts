import {bug} from "../errors.ts"
import {type Handler, startHandler} from "../host/handler.ts"
import type {Host} from "../host/host.ts"
import {kernelsBase64} from "./kernels.generated.ts"
import {type EvaluateTask, openShards, type ShardData, type ShardResult, type Shards, type ShardTask} from "./shards.ts"

/** The trainer's threads: this one, and workers that run the same code. */
export interface Threads {
  /** This thread's. */
  readonly here: Shards
  /** A power of two. */
  readonly count: number
  /** One task a thread, at most `count`; the first runs here. Results are in the tasks' order. */
  run(tasks: readonly (ShardTask | EvaluateTask)[]): Promise<readonly ShardResult[]>
  stop(): Promise<void>
}

/** Most threads that pay: a batch is cut for 16, and each keeps the images. */
const MOST = 4

/** The kernels' WebAssembly. */
export const kernelBytes = (): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(kernelsBase64), (c) => c.charCodeAt(0))

/** Starts up to `wanted` threads, as many as the host has cores; a power of two of them. */
export async function startThreads(host: Host, wanted: number, data: Omit<ShardData, "wasm">): Promise<Threads> {
  const full: ShardData = {...data, wasm: kernelBytes()}
  const here = await openShards(full)
  const most = Math.min(wanted, host.cores, MOST)
  const count = most >= 4 ? 4 : most >= 2 ? 2 : 1
  const workers: Handler[] = []
  try {
    for (let i = 1; i < count; i++) workers.push(startHandler(host, workerSource, "train"))
    await Promise.all(workers.map((worker) => worker.call(full)))
  } catch (error) {
    await Promise.all(workers.map((worker) => worker.stop()))
    throw error
  }
  return {
    here,
    count,
    async run([first, ...others]) {
      const answers = others.map((task, index) => {
        const worker = workers[index]
        if (!worker) throw bug("train", `${others.length + 1} tasks for ${count} threads`)
        return worker.call(task) as Promise<ShardResult>
      })
      const own = first ? [here.run(first)] : []
      return [...own, ...(await Promise.all(answers))]
    },
    stop: async () => void (await Promise.all(workers.map((worker) => worker.stop()))),
  }
}

/** The first message is the data, each further one a task. */
const workerSource = `async () => {
  let shards;
  const openShards = ${openShards.toString()};
  return async (message) => {
    if (shards !== undefined) return shards.run(message);
    shards = await openShards(message);
  };
}`
