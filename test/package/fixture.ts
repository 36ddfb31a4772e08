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

/** The component.xml of an IP that Vitis HLS exports for a top with these streams: ports and interfaces by its names. */
export function exportedComponent(name: string, inputBits: number, outputBits = 32): string {
  const element = (tag: string, text: string | number) => `<spirit:${tag}>${text}</spirit:${tag}>`
  const map = (logical: string, physical: string) =>
    `<spirit:portMap><spirit:logicalPort>${element("name", logical)}</spirit:logicalPort>` +
    `<spirit:physicalPort>${element("name", physical)}</spirit:physicalPort></spirit:portMap>`
  const bus = (of: {name: string; type: string; master?: boolean; maps: readonly string[]; parameters?: string}) =>
    `<spirit:busInterface>${element("name", of.name)}
      <spirit:busType spirit:vendor="xilinx.com" spirit:library="interface" spirit:name="${of.type}" spirit:version="1.0"/>
      ${of.master ? "<spirit:master/>" : "<spirit:slave/>"}
      <spirit:portMaps>${of.maps.join("")}</spirit:portMaps>${of.parameters ?? ""}</spirit:busInterface>`
  const parameter = (key: string, value: string) =>
    `<spirit:parameters><spirit:parameter>${element("name", key)}${element("value", value)}</spirit:parameter></spirit:parameters>`
  const port = (port: string, direction: "in" | "out", bits = 1) =>
    `<spirit:port>${element("name", port)}<spirit:wire>${element("direction", direction)}${
      bits > 1 ? `<spirit:vector>${element("left", bits - 1)}${element("right", 0)}</spirit:vector>` : ""
    }</spirit:wire></spirit:port>`
  const signals = (bits: number) =>
    Object.entries({TDATA: bits, TKEEP: bits / 8, TSTRB: bits / 8, TLAST: 1, TVALID: 1, TREADY: 1})
  const stream = (axis: string, bits: number, master: boolean) =>
    bus({name: axis, type: "axis", master, maps: signals(bits).map(([s]) => map(s, `${axis}_${s}`))})
  const ports = (axis: string, bits: number, master: boolean) =>
    signals(bits).map(([s, width]) => port(`${axis}_${s}`, master === (s === "TREADY") ? "in" : "out", width))
  return `<?xml version="1.0" encoding="UTF-8"?>
<spirit:component xmlns:spirit="http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009">
${element("vendor", "tlast")}${element("library", "hls")}${element("name", name)}${element("version", "1.0")}
<spirit:busInterfaces>
${stream("s_axis", inputBits, false)}
${stream("m_axis", outputBits, true)}
${bus({name: "ap_clk", type: "clock", maps: [map("CLK", "ap_clk")], parameters: parameter("ASSOCIATED_BUSIF", "s_axis:m_axis")})}
${bus({name: "ap_rst_n", type: "reset", maps: [map("RST", "ap_rst_n")], parameters: parameter("POLARITY", "ACTIVE_LOW")})}
</spirit:busInterfaces>
<spirit:model><spirit:ports>
${[port("ap_clk", "in"), port("ap_rst_n", "in"), ...ports("s_axis", inputBits, false), ...ports("m_axis", outputBits, true)].join("\n")}
${port("short_images", "out", 16)}
</spirit:ports></spirit:model>
</spirit:component>
`
}
