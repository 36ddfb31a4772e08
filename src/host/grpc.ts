import {createServer, type Socket} from "node:net"
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js"
import protobuf from "protobufjs"
import {TlastError} from "../errors.ts"
import {
  type CallHandler,
  type Message,
  type RpcClient,
  RpcError,
  type RpcServer,
  type RpcServerOptions,
  type RpcStatus,
  type Transport,
} from "./transport.ts"

/** pynq sends files and buffers in pieces of 2 MiB; nobody needs more in one message. */
const MESSAGE_BYTES = 4 * 2 ** 20
/** Calls that one connection may have open at a time. */
const CALLS = 64

const codes: Readonly<Record<RpcStatus, status>> = {
  invalid: status.INVALID_ARGUMENT,
  "not-found": status.NOT_FOUND,
  exhausted: status.RESOURCE_EXHAUSTED,
  refused: status.PERMISSION_DENIED,
  precondition: status.FAILED_PRECONDITION,
  unimplemented: status.UNIMPLEMENTED,
  unavailable: status.UNAVAILABLE,
  failed: status.INTERNAL,
}

/** gRPC without TLS, as PYNQ.remote speaks it. */
export const grpc: Transport = {serve, connect}

type Method = MethodDefinition<Message, Message>

/** Every call is declared as streams both ways: on the wire a unary call is a stream of one message. */
function methodsOf(protocol: readonly string[]): Map<string, Record<string, Method>> {
  const root = new protobuf.Root()
  for (const text of protocol) protobuf.parse(text, root, {keepCase: true})
  root.resolveAll()
  const result = new Map<string, Record<string, Method>>()
  const codec = (type: protobuf.Type) => ({
    encode: (message: Message) => Buffer.from(type.encode(type.fromObject(message)).finish()),
    decode: (data: Buffer) => type.toObject(type.decode(data), {longs: Number, defaults: true, arrays: true}),
  })
  const visit = (space: protobuf.NamespaceBase) => {
    for (const item of space.nestedArray) {
      if (item instanceof protobuf.Service) {
        const name = item.fullName.slice(1)
        const methods: Record<string, Method> = {}
        for (const method of item.methodsArray) {
          const [request, response] = [method.resolvedRequestType, method.resolvedResponseType]
          if (!request || !response) continue
          methods[method.name] = {
            path: `/${name}/${method.name}`,
            requestStream: true,
            responseStream: true,
            requestSerialize: codec(request).encode,
            requestDeserialize: codec(request).decode,
            responseSerialize: codec(response).encode,
            responseDeserialize: codec(response).decode,
          }
        }
        result.set(name, methods)
      } else if (item instanceof protobuf.Namespace) visit(item)
    }
  }
  visit(root)
  return result
}

async function serve({protocol, services, address, port, onPeerGone}: RpcServerOptions): Promise<RpcServer> {
  const server = new Server({
    "grpc.max_receive_message_length": MESSAGE_BYTES,
    "grpc.max_concurrent_streams": CALLS,
  })
  for (const [name, methods] of methodsOf(protocol)) {
    const implementation: UntypedServiceImplementation = {}
    for (const method of Object.keys(methods)) {
      const handler = services[name]?.[method]
      implementation[method] = (call: ServerDuplexStream<Message, Message>) => void answer(call, handler)
    }
    server.addService(methods as ServiceDefinition, implementation)
  }
  // Our own listener, so that the end of a connection is known whatever the client did.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    sockets.add(socket)
    const peer = `${socket.remoteAddress}:${socket.remotePort}`
    socket.setNoDelay(true)
    socket.on("error", () => socket.destroy())
    socket.on("close", () => {
      sockets.delete(socket)
      onPeerGone?.(peer)
    })
    injector.injectConnection(socket)
  })
  const bound = await new Promise<number>((resolve, reject) => {
    listener.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(cause, address, port)))
    listener.listen(port, address, () => {
      const place = listener.address()
      resolve(typeof place === "object" && place !== null ? place.port : port)
    })
  })
  return {
    port: bound,
    stop: async () => {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()))
      server.forceShutdown()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

async function answer(call: ServerDuplexStream<Message, Message>, handler: CallHandler | undefined): Promise<void> {
  // A client that vanishes ends its requests with an error: the handler is told so by its iterator.
  call.on("error", () => {})
  try {
    if (handler === undefined) throw new RpcError("unimplemented", "this board does not have that")
    // A handler that has read enough must not end the call with it.
    const requests = {[Symbol.asyncIterator]: () => call.iterator({destroyOnReturn: false})}
    for await (const response of handler(requests, {peer: call.getPeer()})) {
      if (call.cancelled) return
      if (!call.write(response)) await drained(call)
    }
    call.end()
  } catch (error) {
    const known = error instanceof RpcError
    const details = error instanceof Error ? error.message : String(error)
    // The text travels in an HTTP header.
    call.emit("error", {
      code: known ? codes[error.status] : status.INTERNAL,
      details: details.slice(0, 2000),
      metadata: new Metadata(),
    })
  }
}

function drained(call: ServerDuplexStream<Message, Message>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ["drain", "close", "cancelled"]) call.removeListener(event, done)
      resolve()
    }
    for (const event of ["drain", "close", "cancelled"]) call.once(event, done)
  })
}

async function connect({protocol, address, port, timeoutSeconds}: Parameters<Transport["connect"]>[0]) {
  const client = new Client(`${address}:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": 64 * 2 ** 20,
    // A connection of its own, which ends with it: a board frees the buffers of connections that are gone.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.max_send_message_length": MESSAGE_BYTES,
  })
  const methods = methodsOf(protocol)
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(new Date(Date.now() + timeoutSeconds * 1000), (error) => {
      if (!error) return resolve()
      client.close()
      reject(
        new TlastError({
          code: "NO_BOARD",
          where: `${address}:${port}`,
          message: `nothing that speaks PYNQ.remote answers within ${timeoutSeconds} s`,
          hint: "check the address and that the board runs a PYNQ.remote image (3.1 or newer), or start `tlast board serve`",
          exitCode: 4,
        }),
      )
    })
  })
  const call: RpcClient["call"] = (service, method, requests, options = {}) => {
    const definition = methods.get(service)?.[method]
    if (definition === undefined) throw new RpcError("unimplemented", `${service}.${method} is not in the protocol`)
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + 1000 * (options.timeoutSeconds ?? 120)
      const stream = client.makeBidiStreamRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        {deadline},
      )
      const answers: Message[] = []
      stream.on("data", (message: Message) => answers.push(message))
      stream.on("error", (error: ServiceError) => reject(new RpcError(statusOf(error.code), error.details)))
      stream.on("end", () => resolve(answers))
      for (const request of requests) stream.write(request)
      stream.end()
    })
  }
  return {call, close: () => client.close()}
}

const statusOf = (code: status): RpcStatus =>
  (Object.keys(codes) as RpcStatus[]).find((name) => codes[name] === code) ??
  (code === status.DEADLINE_EXCEEDED ? "unavailable" : "failed")

function listenError(cause: NodeJS.ErrnoException, address: string, port: number): TlastError {
  const taken = cause.code === "EADDRINUSE"
  return new TlastError(
    {
      code: taken ? "PORT_TAKEN" : "NOT_PERMITTED",
      where: `${address}:${port}`,
      message: taken ? "another program listens there" : cause.message,
      hint: taken
        ? "stop it (another `tlast board serve`?), or take another --port; pynq itself always asks 7967"
        : "give an --address of this machine, as 127.0.0.1",
      exitCode: 4,
    },
    {cause},
  )
}
