import {runYosys} from "../../src/host/yosys.ts"

interface Net {
  readonly bits: readonly unknown[]
  readonly attributes: Readonly<Record<string, string>>
}
interface Port {
  readonly direction: "input" | "output"
  readonly bits: readonly unknown[]
}

/** Ports of a top with their attributes, as Yosys keeps them in its netlist. */
export async function netlistPorts(source: string, top: string): Promise<Readonly<Record<string, Port & Net>>> {
  const script = ["read_verilog top.v", `hierarchy -top ${top}`, "proc", "write_json top.json"]
  const {files} = await runYosys(script, {"top.v": source})
  const {modules} = JSON.parse(new TextDecoder().decode(files["top.json"]))
  const {ports, netnames} = modules[top] as {ports: Record<string, Port>; netnames: Record<string, Net>}
  return Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [name, {...port, attributes: netnames[name]?.attributes ?? {}}]),
  )
}

/** What Vivado needs to see two streams, their clock and reset; empty when it is all there. */
export function interfaceFaults(
  ports: Readonly<Record<string, Port & Net>>,
  inputBits: number,
  outputBits: number,
): string[] {
  const faults: string[] = []
  const expect = (name: string, direction: string, bits: number, info?: string) => {
    const port = ports[name]
    if (!port) return void faults.push(`no port ${name}`)
    if (port.direction !== direction) faults.push(`${name} is an ${port.direction}`)
    if (port.bits.length !== bits) faults.push(`${name} has ${port.bits.length} bits, not ${bits}`)
    const found = port.attributes.X_INTERFACE_INFO
    if (info !== undefined && found !== info) faults.push(`${name} has X_INTERFACE_INFO ${found}, not ${info}`)
  }
  for (const [bus, bits, into] of [
    ["s_axis", inputBits, true],
    ["m_axis", outputBits, false],
  ] as const) {
    const [there, back] = into ? ["input", "output"] : ["output", "input"]
    const signals: readonly (readonly [string, string, number])[] = [
      ["tdata", there, bits],
      ["tkeep", there, bits / 8],
      ["tlast", there, 1],
      ["tvalid", there, 1],
      ["tready", back, 1],
    ]
    for (const [signal, direction, width] of signals) {
      expect(`${bus}_${signal}`, direction, width, `xilinx.com:interface:axis:1.0 ${bus} ${signal.toUpperCase()}`)
    }
  }
  expect("aclk", "input", 1, "xilinx.com:signal:clock:1.0 aclk CLK")
  expect("aresetn", "input", 1, "xilinx.com:signal:reset:1.0 aresetn RST")
  expect("short_images", "output", 16)
  const clock = ports.aclk?.attributes.X_INTERFACE_PARAMETER ?? ""
  if (!/ASSOCIATED_BUSIF (s_axis:m_axis|m_axis:s_axis)(,|$)/.test(clock))
    faults.push(`aclk is not associated with both streams: "${clock}"`)
  if (!/ASSOCIATED_RESET aresetn(,|$)/.test(clock)) faults.push(`aclk is not associated with aresetn: "${clock}"`)
  if (/FREQ_HZ/.test(clock)) faults.push("aclk fixes FREQ_HZ, which would clash with FCLK_CLK0's")
  const reset = ports.aresetn?.attributes.X_INTERFACE_PARAMETER ?? ""
  if (!/POLARITY ACTIVE_LOW(,|$)/.test(reset)) faults.push(`aresetn is not ACTIVE_LOW: "${reset}"`)
  return faults
}
