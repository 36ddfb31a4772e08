import {expect, test} from "vitest"
import {AxiDma, dmaRegister, KEPT_MISUSES} from "../../src/board/dma.ts"

// Every LENGTH written while halted was kept, with a sentence, for as long as the board ran: a client in a loop used it up.
test("a client that writes LENGTH to a halted channel without end leaves a bounded record", () => {
  const memory = {read: () => undefined, write: () => false}
  const dma = new AxiDma({memory, lengthBits: 14, sendBytes: 1, receiveBytes: 4})
  for (let i = 1; i <= 100_000; i++) dma.write(dmaRegister.mm2sLength, i % 1000)
  dma.write(dmaRegister.s2mmLength, 4)
  expect(dma.misuses).toHaveLength(KEPT_MISUSES)
  expect(dma.misuses.at(-1)).toMatchObject({channel: "s2mm", what: "halted"})
})
