#!/usr/bin/env node
import {nodeHost} from "../src/host/node.ts"
import {runCommand} from "./run.ts"
import {verbs} from "./verbs/index.ts"

const host = nodeHost()
const interrupt = new AbortController()
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // The first asks every stage to stop at a safe point; a second does not wait for it.
    if (interrupt.signal.aborted) process.exit(130)
    interrupt.abort()
    process.stderr.write("\nstopping at the next safe point; once more to stop at once\n")
  })
}
// A closed pipe (`tlast report | head`) is no error of ours.
process.stdout.on("error", (error) => process.exit("code" in error && error.code === "EPIPE" ? 0 : 4))

process.exitCode = await runCommand(process.argv.slice(2), verbs, {
  host,
  terminal: {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    redraws: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? 100,
    now: () => host.clock.wallSeconds(),
  },
  signal: interrupt.signal,
})
