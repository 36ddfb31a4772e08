// A top with the ports and attributes of an emitted one, and nothing inside: for tests of what surrounds the core.

/** Plain Verilog of module `name` with s_axis of `inputBits` and m_axis of `outputBits`. */
export function emptyTop(name: string, inputBits: number, outputBits = 32): string {
  const stream = (bus: string, bits: number, into: boolean) => {
    const [there, back] = into ? ["input", "output"] : ["output", "input"]
    return [
      ["tdata", there, bits],
      ["tkeep", there, bits / 8],
      ["tlast", there, 1],
      ["tvalid", there, 1],
      ["tready", back, 1],
    ].map(
      ([signal, direction, width]) =>
        `  (* X_INTERFACE_INFO = "xilinx.com:interface:axis:1.0 ${bus} ${String(signal).toUpperCase()}" *)
  ${direction} wire [${Number(width) - 1}:0] ${bus}_${signal},`,
    )
  }
  return `module ${name} (
  (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 aclk CLK" *)
  (* X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF s_axis:m_axis, ASSOCIATED_RESET aresetn" *)
  input wire aclk,
  (* X_INTERFACE_INFO = "xilinx.com:signal:reset:1.0 aresetn RST" *)
  (* X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
  input wire aresetn,
${[...stream("s_axis", inputBits, true), ...stream("m_axis", outputBits, false)].join("\n")}
  output wire [15:0] short_images
);
endmodule
`
}
