import {type ConnectOptions, connect, type RemoteBoard} from "./driver.ts"

/**
 * Connects to a PYNQ.remote board, real or virtual, over gRPC (port 7967 unless told otherwise). The gRPC packages are loaded
 * by the first call, so that importing tlast costs programs without a board nothing. Throws NO_BOARD.
 */
export async function connectBoard(address: string, options: ConnectOptions = {}): Promise<RemoteBoard> {
  const {grpc} = await import("../host/grpc.ts")
  return connect(address, grpc, options)
}
