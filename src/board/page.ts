import type {PageServer, PageTransport} from "../host/http.ts"
import {dmaRegister, status} from "./dma.ts"
import type {VirtualBoard} from "./virtual-board.ts"

/** What the page shows, and GET /state answers. */
export interface BoardState {
  readonly board: string
  readonly part: string
  readonly fault: string | null
  readonly design: string | null
  readonly fclk0Mhz: number
  readonly buffers: {readonly count: number; readonly bytes: number}
  readonly registers: readonly {readonly name: string; readonly value: string; readonly says: string}[]
  readonly stream: {
    readonly cycles: number
    readonly running: boolean
    readonly unsentBeats: number
    readonly roomBytes: number
    readonly totals: Readonly<Record<string, number>>
    readonly transfers: readonly object[]
  } | null
  readonly misuses: readonly string[]
}

/** The state of the board, for people and scripts. */
export function boardState(virtual: VirtualBoard): BoardState {
  const {fabric, board, buffers, clocks} = virtual
  return {
    board: board.title,
    part: board.part,
    fault: virtual.fault ?? null,
    design: fabric?.installed.description.stem ?? null,
    fclk0Mhz: clocks.mhz(0),
    buffers: {count: buffers.count, bytes: buffers.used},
    registers:
      fabric === undefined
        ? []
        : Object.entries(dmaRegister).map(([name, offset]) => {
            const value = fabric.dma.read(offset)
            return {
              name,
              value: `0x${value.toString(16).padStart(8, "0")}`,
              says: name.endsWith("Status") ? says(value) : "",
            }
          }),
    stream:
      fabric === undefined
        ? null
        : {
            cycles: fabric.coupling.cycles,
            running: !fabric.coupling.settled,
            unsentBeats: fabric.coupling.occupancy.unsent,
            roomBytes: fabric.coupling.occupancy.room,
            totals: fabric.coupling.totals,
            transfers: fabric.coupling.transfers.slice(-12).reverse(),
          },
    misuses: (fabric?.dma.misuses ?? []).slice(-8).map(({channel, detail}) => `${channel}: ${detail}`),
  }
}

/** Serves the live page: /, /state (JSON), POST /record?cycles=N, /trace.vcd. */
export function servePage(
  virtual: VirtualBoard,
  transport: PageTransport,
  place: {readonly address: string; readonly port: number},
): Promise<PageServer> {
  return transport.serve({
    ...place,
    answer: (method, path, query) => {
      if (method === "POST" && path === "/record") {
        const cycles = Number(query.get("cycles") ?? 2000)
        if (!(cycles >= 1)) return {status: 400, type: "text/plain", body: "cycles: 1 to 20000\n"}
        virtual.fabric?.coupling.record(cycles)
        return {type: "text/plain", body: "recording the next cycles that run\n"}
      }
      if (method !== "GET") return undefined
      if (path === "/") return {type: "text/html; charset=utf-8", body: html}
      if (path === "/state") return {type: "application/json", body: JSON.stringify(boardState(virtual))}
      if (path !== "/trace.vcd") return undefined
      const vcd = virtual.fabric?.coupling.vcd()
      return vcd === undefined
        ? {status: 404, type: "text/plain", body: "nothing recorded: POST /record?cycles=2000, then run a transfer\n"}
        : {type: "application/octet-stream", body: vcd}
    },
  })
}

function says(value: number): string {
  const bits = Object.entries(status).filter(([, bit]) => value & bit)
  return bits.map(([name]) => name).join(", ")
}

const html = `<!doctype html><meta charset="utf-8"><title>tlast virtual board</title>
<style>body{font:14px system-ui;margin:2em;max-width:70em}table{border-collapse:collapse;margin:.5em 0 1.5em}
td,th{border:1px solid #ccc;padding:.25em .7em;text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}
code{font-family:ui-monospace,monospace}.fault{color:#b00}</style>
<h1>Virtual board</h1><p id="head">connecting</p><h2>AXI DMA</h2><table id="registers"></table>
<h2>Stream</h2><p id="stream"></p><table id="transfers"></table>
<p><button id="record">Record 2,000 cycles</button> <a href="/trace.vcd" download="trace.vcd">trace.vcd</a></p>
<h2>Misuse</h2><ul id="misuses"></ul>
<script>
const at = (id) => document.getElementById(id)
const row = (cells, tag = "td") => {
  const tr = document.createElement("tr")
  for (const cell of cells) { const td = tr.appendChild(document.createElement(tag)); td.textContent = cell; if (typeof cell === "number") { td.className = "n"; td.textContent = cell.toLocaleString("en") } }
  return tr
}
at("record").onclick = () => window.fetch("/record?cycles=2000", {method: "POST"})
async function show() {
  try {
    const s = await (await window.fetch("/state")).json()
    at("head").textContent = s.board + ", " + s.part + ", FCLK0 " + s.fclk0Mhz + " MHz; " + (s.design ? "loaded " + s.design : "no bitstream loaded") + "; " + s.buffers.count + " buffers, " + s.buffers.bytes + " bytes" + (s.fault ? "; FAULT " + s.fault : "")
    at("head").className = s.fault ? "fault" : ""
    at("registers").replaceChildren(row(["register", "value", ""], "th"), ...s.registers.map((r) => row([r.name, r.value, r.says])))
    const t = s.stream
    at("stream").textContent = t ? (t.running ? "running" : "settled") + ", cycle " + t.cycles.toLocaleString("en") + "; " + t.unsentBeats + " beats not accepted yet, " + t.roomBytes + " bytes of room; " + Object.entries(t.totals).map(([k, v]) => k + " " + v.toLocaleString("en")).join(", ") : ""
    at("transfers").replaceChildren(row(["sent bytes", "received bytes", "input cycles", "stalls", "cycles"], "th"), ...(t ? t.transfers : []).map((x) => row([x.sentBytes, x.receivedBytes, x.inputCycles, x.stalls, x.cycles])))
    at("misuses").replaceChildren(...s.misuses.map((text) => { const li = document.createElement("li"); li.textContent = text; return li }))
  } catch { at("head").textContent = "the board does not answer" }
  setTimeout(show, 500)
}
show()
</script>`
