import {RpcError} from "../host/transport.ts"

export const paths = {
  firmwareFolder: "/lib/firmware/",
  manager: "/sys/class/fpga_manager/fpga0/firmware",
  flags: "/sys/class/fpga_manager/fpga0/flags",
  state: "/sys/class/fpga_manager/fpga0/state",
  version: "/proc/version",
  board: "/proc/device-tree/chosen/pynq_board",
} as const

/** Firmware files are kept up to this, the oldest going first. */
const FIRMWARE_BYTES = 64 * 2 ** 20
const FIRMWARE_FILES = 32

export interface FileOptions {
  /** What /proc/device-tree/chosen/pynq_board says. */
  readonly boardName: string
  /** "X.bin" was written to the FPGA manager, and is there: rejects where the PL does not take it. */
  readonly configure: (name: string, bin: Uint8Array) => Promise<void>
}

/** The files of a board that PYNQ.remote touches. They live in memory: no path of a client reaches a disk. */
export class BoardFiles {
  readonly #options: FileOptions
  readonly #firmware = new Map<string, Uint8Array>()
  #flags = "0"
  #state = "unknown"

  constructor(options: FileOptions) {
    this.#options = options
  }

  /** Bytes held. */
  get bytes(): number {
    return [...this.#firmware.values()].reduce((sum, {length}) => sum + length, 0)
  }

  exists(path: string): boolean {
    const clean = checked(path)
    return clean.startsWith(paths.firmwareFolder)
      ? this.#firmware.has(clean)
      : Object.values<string>(paths).includes(clean)
  }

  /** Throws RpcError: "refused" for a path with .., "not-found". */
  read(path: string): Uint8Array {
    const clean = checked(path)
    const text = new TextEncoder()
    switch (clean) {
      case paths.version:
        return text.encode("Linux version 5.15.19-xilinx (tlast virtual board) armv7l #1 SMP PREEMPT\n")
      case paths.board:
        return text.encode(`${this.#options.boardName}\0`)
      case paths.flags:
        return text.encode(`${this.#flags}\n`)
      case paths.state:
        return text.encode(`${this.#state}\n`)
      default: {
        const data = this.#firmware.get(clean)
        if (data === undefined) throw new RpcError("not-found", `${short(clean)}: no such file on this virtual board`)
        return data
      }
    }
  }

  /** Throws RpcError: "refused" outside of what PYNQ writes, "exhausted" for more than a bitstream can be. */
  async write(path: string, data: Uint8Array): Promise<void> {
    const clean = checked(path)
    if (clean === paths.flags) {
      this.#flags = new TextDecoder().decode(data.subarray(0, 16)).trim()
    } else if (clean === paths.manager) {
      const name = new TextDecoder().decode(data.subarray(0, 300)).trim()
      const bin = this.#firmware.get(checked(paths.firmwareFolder + name))
      if (bin === undefined) {
        this.#state = "firmware request error"
        throw new RpcError("not-found", `/lib/firmware/${short(name)}: no such file, so nothing was configured`)
      }
      this.#state = "write"
      try {
        await this.#options.configure(name, bin)
        this.#state = "operating"
      } catch (error) {
        this.#state = "write error"
        throw error
      }
    } else if (clean.startsWith(paths.firmwareFolder) && !clean.slice(paths.firmwareFolder.length).includes("/")) {
      if (data.length > FIRMWARE_BYTES)
        throw new RpcError("exhausted", `${data.length} bytes of firmware; at most ${FIRMWARE_BYTES}`)
      this.#firmware.delete(clean)
      this.#firmware.set(clean, data)
      for (const oldest of this.#firmware.keys()) {
        if (this.bytes <= FIRMWARE_BYTES && this.#firmware.size <= FIRMWARE_FILES) break
        this.#firmware.delete(oldest)
      }
    } else {
      throw new RpcError(
        "refused",
        `${short(clean)} cannot be written: this virtual board takes ${paths.firmwareFolder}*, ${paths.flags} and ${paths.manager}`,
      )
    }
  }
}

/** Most bytes that one write may carry, before it is whole. */
export const MOST_WRITTEN = FIRMWARE_BYTES

function checked(path: string): string {
  const parts = path.split("/")
  if (path.length > 300 || !path.startsWith("/") || parts.includes("..") || parts.includes(".") || path.includes("\0"))
    throw new RpcError("refused", `"${short(path)}": expected an absolute path without . and ..`)
  return path.replace(/\/{2,}/g, "/")
}

const short = (path: string): string => (path.length > 120 ? `${path.slice(0, 120)}...` : path)
