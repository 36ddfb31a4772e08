import {TlastError} from "../errors.ts"
import type {Host} from "./host.ts"

/** A function in a worker. Calls are answered one after the other, in order. */
export interface Handler {
  call(message: unknown, transfer?: readonly ArrayBuffer[]): Promise<unknown>
  stop(): Promise<void>
}

/**
 * Starts a worker that answers each message with what a function of it gives. `source` is the text of an expression
 * that gives that function, self-contained, so that it is the same from sources, from dist/ and in a browser. What it
 * throws, or a worker that dies, rejects every open call with WORKER_FAILED (exit 4).
 */
export function startHandler(host: Host, source: string, where: string): Handler {
  const worker = host.startWorker(new URL(`data:text/javascript,${encodeURIComponent(moduleText(source))}`))
  const open: {resolve: (answer: unknown) => void; reject: (error: Error) => void}[] = []
  let failure: TlastError | undefined
  const fail = (text: string) => {
    failure ??= new TlastError({
      code: "WORKER_FAILED",
      where,
      message: `a worker thread stopped: ${text}`,
      hint: "it may have run out of memory: close other programs, or use fewer threads",
      exitCode: 4,
    })
    for (const {reject} of open.splice(0)) reject(failure)
  }
  worker.onMessage((message) => {
    const {answer, crash} = message as {answer?: unknown; crash?: string}
    if (crash === undefined) open.shift()?.resolve(answer)
    else fail(crash)
  })
  worker.onError((error) => fail(error.message))
  return {
    call: (message, transfer) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure)
        open.push({resolve, reject})
        worker.post(message, transfer)
      }),
    stop: () => {
      fail("stopped")
      return worker.stop()
    },
  }
}

const moduleText = (source: string): string => `const handle = await (${source})();
const inNode = typeof process === "object" && process.release?.name === "node";
const port = inNode ? (await import("node:worker_threads")).parentPort : globalThis;
const answer = async (message) => {
  try {
    port.postMessage({answer: await handle(message)});
  } catch (error) {
    port.postMessage({crash: String(error?.message ?? error)});
  }
};
if (inNode) port.on("message", answer); else port.onmessage = (event) => answer(event.data);`
