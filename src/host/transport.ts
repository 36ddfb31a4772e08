/** One message of a call: fields by their name in the .proto; bytes are Uint8Arrays, 64-bit integers numbers. */
export type Message = Readonly<Record<string, unknown>>

/**
 * Answers one call. Requests come one by one as the client sends them; what is yielded is sent back. Unary calls yield
 * once. Throw an RpcError to end the call with a status.
 */
export type CallHandler = (requests: AsyncIterable<Message>, call: Call) => AsyncIterable<Message>

export interface Call {
  /** The client's connection, "127.0.0.1:50123": the same text for all calls of one connection. */
  readonly peer: string
}

/** By full name of the service ("mmio.Mmio"), then of the method. */
export type Services = Readonly<Record<string, Readonly<Record<string, CallHandler>>>>

export interface RpcServer {
  readonly port: number
  /** Ends open calls and closes every connection. */
  stop(): Promise<void>
}

export interface RpcServerOptions {
  /** Text of .proto files, one a package. */
  readonly protocol: readonly string[]
  readonly services: Services
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  /** A client's connection has ended, in whatever way. */
  readonly onPeerGone?: (peer: string) => void
}

export interface RpcClient {
  /** Sends the requests and collects all answers. Rejects with an RpcError. */
  call(
    service: string,
    method: string,
    requests: Iterable<Message>,
    options?: {readonly timeoutSeconds?: number},
  ): Promise<readonly Message[]>
  close(): void
}

/** Remote procedure calls, whatever carries them: board/ knows nothing of gRPC. */
export interface Transport {
  /** Throws PORT_TAKEN, or NOT_PERMITTED for an address of another machine. */
  serve(options: RpcServerOptions): Promise<RpcServer>
  /** Throws NO_BOARD where nothing answers within the time. */
  connect(options: {
    readonly protocol: readonly string[]
    readonly address: string
    readonly port: number
    readonly timeoutSeconds: number
  }): Promise<RpcClient>
}

/** The statuses of gRPC that a board answers with. */
export type RpcStatus =
  | "invalid"
  | "not-found"
  | "exhausted"
  | "refused"
  | "precondition"
  | "unimplemented"
  | "unavailable"
  | "failed"

/** A call that ended with a status other than OK. */
export class RpcError extends Error {
  override readonly name = "RpcError"
  constructor(
    readonly status: RpcStatus,
    message: string,
  ) {
    super(message)
  }
}
