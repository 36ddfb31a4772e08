import {mkdtempSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {runCommand} from "../../cli/run.ts"
import type {Terminal} from "../../cli/terminal.ts"
import type {Verb} from "../../cli/verb.ts"
import {verbs as allVerbs} from "../../cli/verbs/index.ts"
import type {Host} from "../../src/host/host.ts"
import {nodeHost} from "../../src/host/node.ts"

export interface CliResult {
  readonly exitCode: number
  readonly out: string
  readonly err: string
}

interface CliOptions {
  readonly verbs?: readonly Verb[]
  readonly host?: Host
  readonly signal?: AbortSignal
  readonly terminal?: Partial<Terminal>
}

/** One command line, run in this process; nothing reaches the real terminal. */
export async function cli(line: string | readonly string[], options: CliOptions = {}): Promise<CliResult> {
  let out = ""
  let err = ""
  const argv = typeof line === "string" ? line.split(" ").filter((word) => word !== "") : line
  const exitCode = await runCommand(argv, options.verbs ?? allVerbs, {
    host: options.host ?? nodeHost(),
    terminal: {
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
      redraws: false,
      columns: 100,
      now: () => performance.now() / 1000,
      ...options.terminal,
    },
    ...(options.signal === undefined ? {} : {signal: options.signal}),
  })
  return {exitCode, out, err}
}

/** A fresh folder to build in. */
export const temporary = (): string => mkdtempSync(join(tmpdir(), "tlast-cli-"))
