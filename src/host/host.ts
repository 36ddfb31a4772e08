/** The only door to files, processes, workers and the clock. Node's is node.ts; stages that need one take it as an argument. */
export interface Host {
  readonly files: Files
  /** Seconds; monotonic, and CPU time of this process with its workers. Never part of a result. */
  readonly clock: {wallSeconds(): number; cpuSeconds(): number}
  /** Processors to use: 1 or more. */
  readonly cores: number
  startWorker(entry: URL): WorkerHandle
  /** Full path of a command on PATH, or undefined. */
  which(command: string): Promise<string | undefined>
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>
}

/** Paths are absolute or relative to the current directory. Failures of the machine are TlastErrors with exit code 4. */
export interface Files {
  read(path: string): Promise<Uint8Array>
  readText(path: string): Promise<string>
  /** Whole or not at all: written to a temporary name in the same folder, then renamed. Makes the folder. */
  write(path: string, data: Uint8Array | string): Promise<void>
  exists(path: string): Promise<boolean>
  /** Names in a folder, sorted; [] where there is none. */
  list(path: string): Promise<readonly string[]>
  makeFolder(path: string): Promise<void>
  remove(path: string): Promise<void>
  /** A file of the installed package, e.g. "rtl/axis_skid.sv". */
  asset(path: string): Promise<Uint8Array>
}

export interface WorkerHandle {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void
  onMessage(listener: (message: unknown) => void): void
  onError(listener: (error: Error) => void): void
  stop(): Promise<void>
}

export interface RunOptions {
  readonly cwd?: string
  readonly input?: string | Uint8Array
  readonly onOutput?: (text: string) => void
  readonly signal?: AbortSignal
  readonly env?: Readonly<Record<string, string>>
}

export interface RunResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}
