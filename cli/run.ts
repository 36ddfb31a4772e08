import {Command, CommanderError} from "commander"
import {loadConfig} from "../src/config/load.ts"
import {TlastError} from "../src/errors.ts"
import type {Host} from "../src/host/host.ts"
import {version} from "../src/pipeline/version.ts"
import {configFlags, withFlags} from "./flags.ts"
import {meter, type Terminal} from "./terminal.ts"
import type {Verb} from "./verb.ts"

export interface Surroundings {
  readonly host: Host
  readonly terminal: Terminal
  readonly signal?: AbortSignal
}

/** Runs one command line (without "node tlast") and returns the exit code. Everything it has to say goes to the terminal. */
export async function runCommand(
  argv: readonly string[],
  verbs: readonly Verb[],
  surroundings: Surroundings,
): Promise<number> {
  const {terminal} = surroundings
  let exitCode = 0
  const program = new Command("tlast")
    .description(
      "A small neural network to an AXI4-Stream FPGA accelerator whose every output bit is known before synthesis.",
    )
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "print this")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({writeOut: terminal.out, writeErr: () => {}})
    .addHelpText(
      "after",
      "\nStart with `tlast demo`. Exit codes: 0 ok, 1 a mismatch or no fit, 2 bad input, 3 a tool is\nmissing, 4 the machine failed, 70 a bug of tlast, 130 interrupted.",
    )
  for (const verb of verbs) addVerb(program, verb, surroundings, (code) => (exitCode = code))
  try {
    if (argv.length === 0) {
      program.outputHelp()
      return 0
    }
    await program.parseAsync([...argv], {from: "user"})
    return exitCode
  } catch (error) {
    return failed(error, argv, surroundings)
  }
}

function addVerb(program: Command, verb: Verb, surroundings: Surroundings, end: (exitCode: number) => void): void {
  const command = program
    .command([verb.name, ...(verb.args ?? [])].join(" "))
    .description(verb.summary)
    .aliases([...(verb.aliases ?? [])])
    .exitOverride()
    .allowExcessArguments(false)
  for (const [flag, help] of verb.flags ?? []) command.option(flag, help)
  if (!verb.plain) {
    for (const {name, value, help} of configFlags) command.option(`--${name} <${value}>`, help)
    command.option("--config <FILE>", "configuration (default tlast.config.ts or .json, where there is one)")
  }
  command.option("--json", "print the report as JSON, and nothing else").option("--quiet", "print errors only")
  command.action(async () => {
    const given: Record<string, unknown> = command.opts()
    const {host, terminal, signal} = surroundings
    const silent = given.json === true || given.quiet === true
    const bar = meter(terminal)
    const config = verb.plain
      ? {}
      : withFlags(await loadConfig(host.files, typeof given.config === "string" ? given.config : undefined), given)
    try {
      const {report, exitCode = 0} = await verb.run({
        host,
        terminal,
        args: command.args,
        given,
        config,
        watch: {...(signal === undefined ? {} : {signal}), ...(silent ? {} : {onProgress: bar.show})},
        say: (line) => {
          bar.clear()
          if (!silent) terminal.out(`${line}\n`)
        },
      })
      if (given.json === true) terminal.out(`${JSON.stringify(report, null, 2)}\n`)
      end(exitCode)
    } finally {
      bar.clear()
    }
  })
}

/** Prints what went wrong, and returns the exit code it stands for. */
function failed(error: unknown, argv: readonly string[], {terminal, signal}: Surroundings): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    const [what = "", ...hints] = error.message.replace(/^error: /, "").split("\n")
    const hint = hints.join(" ").replace(/^\((.*)\)$/, "$1")
    const command = error.code === "commander.unknownCommand" || argv[0]?.startsWith("-") ? "" : ` ${argv[0]}`
    print(terminal, what, hint === "" ? `\`tlast${command} --help\` lists what there is` : lower(hint), "USAGE")
    return 2
  }
  const problem = problemOf(error, signal)
  print(terminal, `${problem.where}: ${problem.message}`, problem.hint, problem.code)
  if (problem.exitCode === 70) {
    terminal.err(`  tlast ${version}, ${argv.join(" ")}\n`)
    if (error instanceof Error && error.stack !== undefined) terminal.err(`${error.stack}\n`)
  }
  return problem.exitCode
}

function problemOf(error: unknown, signal: AbortSignal | undefined) {
  if (isProblem(error)) return {...error.problem, exitCode: error.problem.exitCode ?? 2}
  if (signal?.aborted) {
    return {
      code: "INTERRUPTED",
      where: "tlast",
      message: "interrupted",
      hint: "run the same command again to go on: finished stages are kept",
      exitCode: 130,
    }
  }
  const message = error instanceof Error ? error.message : String(error)
  const memory = error instanceof RangeError && /memory|allocation|Invalid typed array length/i.test(message)
  return memory
    ? {code: "OUT_OF_MEMORY", where: "tlast", message, hint: "close other programs, or use fewer images", exitCode: 4}
    : {
        code: "INTERNAL",
        where: "tlast",
        message,
        hint: "this is a bug in tlast: please report what follows",
        exitCode: 70,
      }
}

/** By its shape: a configuration file may have loaded a second copy of the class. */
function isProblem(error: unknown): error is TlastError {
  return error instanceof TlastError || (error instanceof Error && error.name === "TlastError" && "problem" in error)
}

function print(terminal: Terminal, what: string, hint: string, code: string): void {
  terminal.err(`error: ${what}\n  ${hint}\n  [${code}]\n`)
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
