// Ports of a top, with the attributes by which Vivado's block design finds its clock, its reset and its two streams.

/** aclk and aresetn, which the streams s_axis and m_axis belong to. */
export const clockPorts = `  (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 aclk CLK" *)
  (* X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF s_axis:m_axis, ASSOCIATED_RESET aresetn" *)
  input  wire aclk,
  (* X_INTERFACE_INFO = "xilinx.com:signal:reset:1.0 aresetn RST" *)
  (* X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
  input  wire aresetn,`

/** The five signals of an AXI4-Stream of so many bits, a line each but for the last comma. */
export function streamPorts(bus: "s_axis" | "m_axis", bits: number): string {
  const [given, taken] = bus === "s_axis" ? ["input ", "output"] : ["output", "input "]
  const line = (signal: string, direction: string, range = "") =>
    `  (* X_INTERFACE_INFO = "xilinx.com:interface:axis:1.0 ${bus} ${signal.toUpperCase()}" *)\n  ${direction} wire ${range}${bus}_${signal}`
  return [
    line("tdata", given, `[${bits - 1}:0] `),
    line("tkeep", given, `[${bits / 8 - 1}:0] `),
    line("tlast", given),
    line("tvalid", given),
    line("tready", taken),
  ].join(",\n")
}
