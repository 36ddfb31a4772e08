import type {Files} from "../host/host.ts"
import {parseBit, standInBit} from "./bitstream.ts"
import type {FaultName} from "./faults.ts"
import type {Installed} from "./installed.ts"

/**
 * Writes the .bit and .hwh that unmodified PYNQ software needs into a package: virtual/X.bit beside virtual/X.hwh, and both
 * beside the notebook unless Vivado's are there. Returns what was written. Nothing of a stand-in configures an FPGA.
 */
export async function writeStandIn(files: Files, installed: Installed, fault?: FaultName): Promise<readonly string[]> {
  const {folder, description, designHash, handOff} = installed
  const {stem, part} = description
  const bit = standInBit(part, stem, designHash)
  const hwh =
    fault === "wrong-hierarchy"
      ? handOff.text
          .replaceAll("memory/axi_dma_0", "dma_part/axi_dma_0")
          .replaceAll("memory_axi_dma_0", "dma_part_axi_dma_0")
      : handOff.text
  const written = [`${folder}/virtual/${stem}.bit`]
  await files.write(`${folder}/virtual/${stem}.bit`, bit)
  const [besideBit, besideHwh] = [`${folder}/${stem}.bit`, `${folder}/${stem}.hwh`]
  if (await isVivados(files, besideBit)) return written
  await files.write(besideBit, bit)
  written.push(besideBit)
  if (fault === "missing-hwh") await files.remove(besideHwh)
  else {
    await files.write(besideHwh, hwh)
    written.push(besideHwh)
  }
  return written
}

/** True for a .bit that is none of ours: it must not be touched. */
async function isVivados(files: Files, path: string): Promise<boolean> {
  if (!(await files.exists(path))) return false
  try {
    return !isStandIn(parseBit(await files.read(path), path).design)
  } catch {
    return true
  }
}

/** By the design field of its header. */
export const isStandIn = (design: string): boolean => design.includes("STAND_IN=tlast")
