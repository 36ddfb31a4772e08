import {type BlockDesign, corePath, dmaBase, dmaPath, mhzText} from "./block-design.ts"

interface Box {
  readonly path: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly title: string
  readonly lines: readonly string[]
  readonly fill: string
}

/** The block design as a picture: what build.tcl connects, with widths, addresses and the clock. */
export function emitBlockDesignSvg(design: BlockDesign, core: string): string {
  const {input, output} = design.streamBits
  const boxes: readonly Box[] = [
    box("processing_system7_0", 24, 64, 190, 356, "processing_system7_0", ["Zynq-7000 PS", design.part], "#e8eef7"),
    box("ps7_0_axi_periph", 300, 96, 150, 64, "ps7_0_axi_periph", ["axi_interconnect 1x1"], "#f3f4f6"),
    box("axi_mem_intercon", 300, 206, 150, 84, "axi_mem_intercon", ["axi_interconnect 2x1"], "#f3f4f6"),
    box("rst_ps7", 300, 344, 150, 64, "rst_ps7", ["proc_sys_reset"], "#f3f4f6"),
    box(dmaPath, 560, 96, 170, 194, "axi_dma_0", [`at 0x${dmaBase.toString(16)}`, "direct mode"], "#e6f4ea"),
    box(corePath, 870, 96, 150, 194, "core_0", [core], "#fdf0d5"),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1064 470" width="1064" height="470" font-family="Helvetica, Arial, sans-serif" font-size="12" role="img" aria-label="Block design: processing system, AXI DMA and ${xml(core)}">
<rect width="1064" height="470" fill="#ffffff"/>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="context-stroke"/></marker></defs>
<text x="24" y="34" font-size="17" font-weight="bold">${xml(design.name)}: images through the DMA to ${xml(core)} and back</text>
<rect x="510" y="56" width="536" height="262" rx="8" fill="none" stroke="#64748b" stroke-dasharray="6 4"/>
<text x="522" y="76" fill="#475569" font-style="italic">hierarchy memory</text>
${boxes.map(drawBox).join("\n")}
${wire("M214 128H300", "#1d4ed8", "M_AXI_GP0", 257, 120)}
${wire("M450 128H560", "#1d4ed8", "S_AXI_LITE", 534, 120, "end")}
${wire("M560 228H450", "#1d4ed8", "M_AXI_MM2S", 505, 220)}
${wire("M560 270H450", "#1d4ed8", "M_AXI_S2MM", 505, 262)}
${wire("M300 248H214", "#1d4ed8", "S_AXI_HP0", 257, 240)}
<text x="257" y="264" text-anchor="middle" fill="#475569">64 bit</text>
${wire("M730 150H870", "#b45309", "images", 800, 142)}
<text x="800" y="166" text-anchor="middle" fill="#475569">${input} bit, s_axis</text>
${wire("M870 250H730", "#b45309", "results", 800, 242)}
<text x="800" y="266" text-anchor="middle" fill="#475569">${output} bit, m_axis</text>
${wire("M214 376H300", "#64748b", "FCLK_RESET0_N", 257, 368)}
${wire("M450 376H645V290", "#64748b", "peripheral_aresetn, to every block", 470, 368, "start")}
<path d="M645 376H945V290" fill="none" stroke="#64748b" stroke-width="1.5" marker-end="url(#arrow)"/>
<text x="119" y="440" text-anchor="middle" fill="#475569">DDR 0 .. 0x${((design.addresses.find(({space}) => space.endsWith("MM2S"))?.range ?? 1) - 1).toString(16)} through HP0</text>
<text x="300" y="440" fill="#475569">One clock: FCLK_CLK0, ${mhzText(design.clock.mhz)} MHz (PLL / ${design.clock.divisor0} / ${design.clock.divisor1}), to every block</text>
</svg>
`
}

const box = (
  path: string,
  x: number,
  y: number,
  width: number,
  height: number,
  title: string,
  lines: readonly string[],
  fill: string,
): Box => ({path, x, y, width, height, title, lines, fill})

const drawBox = ({path, x, y, width, height, title, lines, fill}: Box): string => `<g id="${path.replaceAll("/", "-")}">
<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="5" fill="${fill}" stroke="#334155"/>
<text x="${x + width / 2}" y="${y + 22}" text-anchor="middle" font-weight="bold">${xml(title)}</text>
${lines.map((line, i) => `<text x="${x + width / 2}" y="${y + 40 + 16 * i}" text-anchor="middle" fill="#475569">${xml(line)}</text>`).join("\n")}
</g>`

const wire = (path: string, color: string, label: string, x: number, y: number, anchor = "middle"): string =>
  `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.5" marker-end="url(#arrow)"/>
<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${color}" font-size="11">${label}</text>`

const xml = (text: string): string => text.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`)
