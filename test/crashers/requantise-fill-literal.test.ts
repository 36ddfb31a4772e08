import {spawnSync} from "node:child_process"
import {mkdtempSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {expect, test} from "vitest"
import {sources} from "../rtl/run.ts"

// Yosys 0.23 reads '1 in a conditional of a localparam as one bit: an unsigned activation saturated at 1, not at 15,
// while Verilator agreed with golden. Found by the formal proof of requantise.
test("requantise saturates at the top of an unsigned format in Yosys too", () => {
  const folder = mkdtempSync(join(tmpdir(), "tlast-crasher-"))
  writeFileSync(join(folder, "requantise.sv"), sources["requantise.sv"] as string)
  const script =
    "read_verilog -sv requantise.sv; chparam -set IN_W 10 -set ROOM 14 -set SHIFT 0 -set OUT_BITS 4 requantise; " +
    "hierarchy -top requantise; proc; flatten; opt; sat -tempinduct -seq 3 -set in_data 500 -prove out_data 15 -verify"
  expect(spawnSync("yosys", ["-q", "-p", script], {cwd: folder, timeout: 600_000}).status).toBe(0)
})
