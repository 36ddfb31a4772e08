import {describe, expect, test} from "vitest"
import {emptyTop} from "./fixture.ts"
import {interfaceFaults, netlistPorts} from "./interfaces.ts"

describe("the check of X_INTERFACE attributes", () => {
  const faults = async (source: string) => interfaceFaults(await netlistPorts(source, "top"), 16, 32)
  const right = emptyTop("top", 16)

  test("finds nothing in a right top", async () => {
    expect(await faults(right)).toEqual([])
  })

  test.each([
    ["an attribute of a signal", "axis:1.0 s_axis TLAST", "axis:1.0 s_axis TUSER", /s_axis_tlast has X_INTERFACE_INFO/],
    ["the streams of the clock", "s_axis:m_axis", "s_axis", /not associated with both streams/],
    ["the reset of the clock", "ASSOCIATED_RESET aresetn", "ASSOCIATED_RESET rst", /not associated with aresetn/],
    ["the polarity", "ACTIVE_LOW", "ACTIVE_HIGH", /aresetn is not ACTIVE_LOW/],
    ["a width", "[1:0] s_axis_tkeep", "[0:0] s_axis_tkeep", /s_axis_tkeep has 1 bits, not 2/],
    ["a direction", "output wire [0:0] s_axis_tready", "input wire [0:0] s_axis_tready", /s_axis_tready is an input/],
  ])("sees that %s is wrong", async (_, from, to, message) => {
    expect(right).toContain(from)
    expect((await faults(right.replace(from, to))).join("\n")).toMatch(message)
  })
})
