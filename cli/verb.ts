import type {Config} from "../src/config/schema.ts"
import type {Host} from "../src/host/host.ts"
import type {Watch} from "../src/progress.ts"
import type {Terminal} from "./terminal.ts"

/** What every verb is given. */
export interface Context {
  readonly host: Host
  readonly terminal: Terminal
  /** Positional arguments, as many as the verb has. */
  readonly args: readonly string[]
  /** Flags of the verb's own, by camelCase name. */
  readonly given: Readonly<Record<string, unknown>>
  /** The configuration file with the flags laid over it. */
  readonly config: Config
  readonly watch: Watch
  /** Prints a line of text: to stdout, or nowhere with --json or --quiet. */
  say(line: string): void
}

/** One word of the command line. To add one: write a file in cli/verbs/ and list it in cli/verbs/index.ts. */
export interface Verb {
  readonly name: string
  readonly summary: string
  /** Other names of it. */
  readonly aliases?: readonly string[]
  /** "<file>", "[folder]". */
  readonly args?: readonly string[]
  /** Flags besides those of every verb: "--host <NAME>". */
  readonly flags?: readonly (readonly [flag: string, help: string])[]
  /** True for a verb that has nothing to do with a configuration: its flags are only its own. */
  readonly plain?: true
  /** Returns its report, which --json prints. An exit code of 1 means that a check failed. */
  run(context: Context): Promise<{readonly report: object; readonly exitCode?: 0 | 1}>
}
