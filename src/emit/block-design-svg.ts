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
  const exported = design.cells.find(({path}) => path === corePath)?.source.kind === "exported"
  const boxes: readonly Box[] = [
    box("processing_system7_0", 24, 64, 190, 356, "processing_system7_0", ["Zynq-7000 PS", design.part], "#e8eef7"),
    box("ps7_0_axi_periph", 324, 96, 150, 64, "ps7_0_axi_periph", ["axi_interconnect 1x1"], "#f3f4f6"),
    box("axi_mem_intercon", 324, 206, 150, 84, "axi_mem_intercon", ["axi_interconnect 2x1"], "#f3f4f6"),
    box("rst_ps7", 324, 344, 150, 64, "rst_ps7", ["proc_sys_reset"], "#f3f4f6"),
    box(dmaPath, 600, 96, 170, 194, "axi_dma_0", [`at 0x${dmaBase.toString(16)}`, "direct mode"], "#e6f4ea"),
    box(corePath, 900, 96, 150, 194, "core_0", exported ? [core, "HLS IP"] : [core], "#fdf0d5"),
  ]
  const ddr = design.addresses.find(({space}) => space.endsWith("MM2S"))?.range ?? 1
  const {mhz, divisor0, divisor1} = design.clock
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1094 460" width="1094" height="460" \
font-family="Helvetica, Arial, sans-serif" font-size="12" role="img" \
aria-label="Block design: processing system, AXI DMA and ${xml(core)}">
<rect width="1094" height="460" fill="#ffffff"/>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">\
<path d="M0 0L8 4L0 8z" fill="context-stroke"/></marker></defs>
<text x="24" y="34" font-size="17" font-weight="bold">${xml(design.name)}: images through the DMA to ${xml(core)} and back</text>
<rect x="566" y="56" width="510" height="262" rx="8" fill="none" stroke="#64748b" stroke-dasharray="6 4"/>
<text x="580" y="78" fill="#475569" font-style="italic">hierarchy memory</text>
${boxes.map(drawBox).join("\n")}
${wire("M214 128H324", "#1d4ed8", "M_AXI_GP0", 269, 120)}
${wire("M474 128H600", "#1d4ed8", "S_AXI_LITE", 520, 120)}
${wire("M600 228H474", "#1d4ed8", "M_AXI_MM2S", 520, 220)}
${wire("M600 270H474", "#1d4ed8", "M_AXI_S2MM", 520, 262)}
${wire("M324 248H214", "#1d4ed8", "S_AXI_HP0", 269, 240)}
${note(269, 264, "64 bit", "middle")}
${wire("M770 150H900", "#b45309", "images", 835, 142)}
${note(835, 166, `${input} bit, s_axis`, "middle")}
${wire("M900 250H770", "#b45309", "results", 835, 242)}
${note(835, 266, `${output} bit, m_axis`, "middle")}
${wire("M214 376H324", "#64748b", "FCLK_RESET0_N", 269, 368)}
${wire("M474 376H685V290", "#64748b", "peripheral_aresetn, to every block", 486, 368, "start")}
<path d="M685 376H975V290" fill="none" stroke="#64748b" stroke-width="1.5" marker-end="url(#arrow)"/>
${note(119, 442, `DDR 0 .. 0x${(ddr - 1).toString(16)} through HP0`, "middle")}
${note(324, 442, `One clock: FCLK_CLK0, ${mhzText(mhz)} MHz (PLL / ${divisor0} / ${divisor1}), to every block`, "start")}
</svg>
`
}

const note = (x: number, y: number, words: string, anchor: string): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="#475569">${words}</text>`

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
