import type {Plan} from "../plan/plan.ts"
import {clockPorts, streamPorts} from "./sv-ports.ts"
import {banner, footer} from "./sv-text.ts"

/** The top: plain Verilog-2001 with the attributes by which Vivado's block design finds the streams. */
export function emitTop(plan: Plan): string {
  const {name, stream, lanes, interval, latency, clockHz} = plan
  const {dataBits, elementBits, beatsPerImage} = stream.input
  return `${banner(plan, `${name}: images in, ${stream.output.wordsPerImage} results an image out.`, [
    `${interval} clocks an image (${plan.imagesPerSecond} images/s at ${clockHz / 1e6} MHz); ${latency} clocks from an image's last beat to its`,
    "first result. Always running, no control port.",
    "",
    `s_axis  ${lanes} element${lanes > 1 ? "s" : ""} a beat, element i at tdata[${elementBits}*i +: ${elementBits}]; ${beatsPerImage} beats an image, any number of images`,
    "        a packet. A last image cut short by TLAST is filled with zeros and counted in short_images.",
    "m_axis  one result a beat, sign-extended to 32 bits; TLAST with the last result of the image that",
    "        received TLAST.",
  ])}module ${name} (
${clockPorts}

${streamPorts("s_axis", dataBits)},

${streamPorts("m_axis", 32)},

  output wire [15:0] short_images   // images filled up since reset; may stay unconnected
);

  assign m_axis_tkeep = 4'b1111;

  ${name}_core u_core (
    .clk           (aclk),
    .rst           (!aresetn),
    .s_axis_tdata  (s_axis_tdata),
    .s_axis_tkeep  (s_axis_tkeep),
    .s_axis_tlast  (s_axis_tlast),
    .s_axis_tvalid (s_axis_tvalid),
    .s_axis_tready (s_axis_tready),
    .m_axis_tdata  (m_axis_tdata),
    .m_axis_tlast  (m_axis_tlast),
    .m_axis_tvalid (m_axis_tvalid),
    .m_axis_tready (m_axis_tready),
    .short_images  (short_images)
  );

endmodule
${footer}`
}
