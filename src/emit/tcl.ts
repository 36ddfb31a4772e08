import type {BlockDesign, Cell, ExportedIp} from "./block-design.ts"
import {corePath, dmaPath, mhzText} from "./block-design.ts"

/** What both scripts need to know besides the block design. */
export interface TclOptions {
  /** Stem of every product: "<network>_<content hash>". */
  readonly stem: string
  /** Module name of the core's top. */
  readonly core: string
  /** Paths of sources and memory files relative to the script, packages before their users; not read with an exported IP. */
  readonly sources: readonly string[]
  /** First comment lines: what it is, from which model. */
  readonly header: readonly string[]
  /** Title of the board, for the messages. */
  readonly board: string
}

/**
 * build.tcl: the whole way from sources to X.bit + X.hwh + X.xsa, for `vivado -mode batch -source build.tcl`.
 * Uses only commands that exist with these arguments from Vivado 2020.2 on, and no automation rules.
 */
export function emitBuildTcl(design: BlockDesign, options: TclOptions): string {
  return [
    preamble(options, `Builds ${options.stem}.bit, .hwh and .xsa for ${options.board} (${design.part}).`, "build.tcl"),
    project(design, options),
    blockDesignTcl(design),
    addressMap(design),
    checks(design),
    implementation(design, options),
  ].join("\n")
}

/** package_ip.tcl: the core alone as an IP for other block designs; optional. */
export function emitIpTcl(design: BlockDesign, options: TclOptions): string {
  const {core, stem} = options
  return [
    preamble(options, `Makes ip/${core}: the accelerator as an IP for the Vivado catalogue.`, "package_ip.tcl"),
    `create_project -force ${word(`${stem}_ip`)} [file join $here ip_project] -part ${design.part}`,
    addSources(options),
    `set_property top ${core} [current_fileset]
update_compile_order -fileset sources_1

ipx::package_project -root_dir [file join $here ip ${core}] -vendor tlast \\
  -library accelerator -taxonomy /UserIP -import_files -set_current true
set packaged [ipx::current_core]
set_property name ${core} $packaged
set_property version 1.0 $packaged
set_property display_name ${word(stem)} $packaged
set_property description {Neural network on AXI4-Stream, made by tlast} $packaged

# The X_INTERFACE attributes of the top name the interfaces; say so if this Vivado did not see them.
foreach bus {s_axis m_axis aclk aresetn} {
  if {[llength [ipx::get_bus_interfaces $bus -of_objects $packaged]] != 1} {
    stop "the IP packager found no interface $bus in ${core}; is ${core}.v unchanged?"
  }
}
ipx::create_xgui_files $packaged
ipx::update_checksums $packaged
ipx::check_integrity $packaged
ipx::save_core $packaged
close_project
puts "tlast: IP in [file join $here ip ${core}]; add that folder to ip_repo_paths"
`,
  ].join("\n")
}

const preamble = ({header}: TclOptions, what: string, script: string): string => `# ${what}
${header.map((line) => `# ${line}`).join("\n")}
# Run: vivado -mode batch -source ${script}     (Vivado 2020.2 to 2024.x)

set here [file dirname [file normalize [info script]]]

# Ends the build with one sentence, instead of a stack trace.
proc stop {sentence} {
  puts stderr "tlast: $sentence"
  exit 1
}

set vivado [version -short]
if {![regexp {^(\\d+)\\.(\\d+)} $vivado -> year release]} {
  stop "cannot read Vivado's version from '$vivado'"
}
if {$year < 2020 || ($year == 2020 && $release < 2)} {
  stop "Vivado $vivado is older than 2020.2, the first this script is written for"
}
if {$year > 2024} {
  puts "tlast: note: Vivado $vivado is newer than 2024.x, the last this script is written for"
}
`

const project = (design: BlockDesign, options: TclOptions): string => `# ---- Project and sources
create_project -force ${word(options.stem)} [file join $here project] -part ${design.part}
set_property target_language Verilog [current_project]
${core(design, options)}
`

/** The RTL, or the catalogue's folder with the exported IP. */
function core({cells}: BlockDesign, options: TclOptions): string {
  const source = cells.find(({path}) => path === corePath)?.source
  if (source?.kind === "exported") return addExported(source)
  return `${addSources(options)}
set_property top ${options.core} [current_fileset]
update_compile_order -fileset sources_1`
}

const addExported = ({vlnv, folder}: ExportedIp): string => `# The IP that Vitis HLS exported.
set exported ${vlnv}
set repository [file join $here ${folder}]
if {![file exists [file join $repository component.xml]]} {
  stop "no IP in $repository: run Vitis HLS first,\\
    'vitis_hls -f run_hls.tcl' in hls, which ends with its export"
}
set_property ip_repo_paths [list $repository] [current_project]
update_ip_catalog
if {[llength [get_ipdefs -filter "VLNV =~ $exported"]] != 1} {
  stop "$repository has no IP $exported; is hls/run_hls.tcl unchanged?"
}`

function addSources({sources}: TclOptions): string {
  const memory = sources.filter((path) => /\.(mem|hex|dat|bin|txt)$/.test(path))
  const list = `set sources {}
foreach path {
${sources.map((path) => `  ${word(path)}`).join("\n")}
} {
  set file [file join $here $path]
  if {![file exists $file]} {
    stop "$path is missing beside this script; unpack the whole package"
  }
  lappend sources $file
}
add_files -norecurse $sources`
  if (memory.length === 0) return list
  return `${list}
# $readmemh finds its files only when they are part of the project.
foreach path {
${memory.map((path) => `  ${word(path)}`).join("\n")}
} {
  set_property file_type {Memory Initialization Files} [get_files [file join $here $path]]
}`
}

function blockDesignTcl(design: BlockDesign): string {
  const inside = (path: string) => path.startsWith("memory/")
  const local = (path: string) => (inside(path) ? path.slice("memory/".length) : path)
  const scope = (within: boolean) => {
    const pin = within ? local : (path: string) => path
    const links = design.links
      .filter(({name}) => inside(name) === within)
      .map(
        ({name, from, to}) => `connect_bd_intf_net -intf_net ${pin(name)} \\
  [get_bd_intf_pins ${pin(from)}] [get_bd_intf_pins ${pin(to)}]`,
      )
    const nets = design.nets
      .filter(({name}) => inside(name) === within)
      .map(({name, driver, sinks}) =>
        [`connect_bd_net -net ${pin(name)}`, ...[driver, ...sinks].map((path) => `  [get_bd_pins ${pin(path)}]`)].join(
          " \\\n",
        ),
      )
    return [...links, ...nets]
  }
  const within = design.cells.filter((cell) => inside(cell.path))
  const top = design.cells.filter((cell) => !inside(cell.path))
  return `# ---- Block design
# The newest version of an IP this Vivado has.
proc newest {name} {
  set found [lsort -dictionary [get_ipdefs -filter "VLNV =~ $name:*"]]
  if {[llength $found] == 0} {
    stop "this Vivado has no IP $name; was it installed with Zynq-7000 support?"
  }
  return [lindex $found end]
}

# Sets CONFIG values. A required name this Vivado does not know ends the build; an optional one is
# left out, with a note.
proc configure {cell required optional} {
  set known [list_property $cell CONFIG.*]
  set values {}
  foreach {name value} $required {
    if {"CONFIG.$name" ni $known} {
      stop "$cell has no parameter $name in Vivado [version -short]"
    }
    lappend values CONFIG.$name $value
  }
  foreach {name value} $optional {
    if {"CONFIG.$name" in $known} {
      lappend values CONFIG.$name $value
    } else {
      puts "tlast: note: $cell has no parameter $name here; left at its default"
    }
  }
  # In one call: one setting often enables another.
  if {[llength $values] > 0} {
    set_property -dict $values $cell
  }
}

create_bd_design ${design.name}
${top.map((cell) => cellTcl(cell, cell.path)).join("\n")}

create_bd_cell -type hier memory
current_bd_instance [get_bd_cells memory]
${design.pins.map(pinTcl).join("\n")}
${within.map((cell) => cellTcl(cell, local(cell.path))).join("\n")}

${scope(true).join("\n")}
current_bd_instance [get_bd_cells /]

${scope(false).join("\n")}

${design.ports
  .map(
    ({name, vlnv, pin}) =>
      `create_bd_intf_port -mode Master -vlnv \\
  ${vlnv} ${name}
connect_bd_intf_net -intf_net ${name.toLowerCase()} \\
  [get_bd_intf_pins ${pin}] [get_bd_intf_ports ${name}]`,
  )
  .join("\n")}
`
}

function cellTcl({source, required, optional}: Cell, path: string): string {
  if (source.kind === "module") return `create_bd_cell -type module -reference ${source.module} ${path}`
  if (source.kind === "exported") return `create_bd_cell -type ip -vlnv $exported ${path}`
  const create = `create_bd_cell -type ip -vlnv [newest ${source.vlnv}] ${path}`
  if (Object.keys(required).length + Object.keys(optional).length === 0) return create
  return `${create}\nconfigure [get_bd_cells ${path}] ${dictionary(required)} ${dictionary(optional)}`
}

const dictionary = (values: Readonly<Record<string, string>>): string => {
  const entries = Object.entries(values)
  return entries.length === 0 ? "{}" : `{\n${entries.map(([name, value]) => `  ${name} ${word(value)}`).join("\n")}\n}`
}

function pinTcl({path, kind, vlnv}: BlockDesign["pins"][number]): string {
  const name = path.slice("memory/".length)
  if (kind === "clock") return `create_bd_pin -dir I -type clk ${name}`
  if (kind === "reset") return `create_bd_pin -dir I -type rst ${name}`
  return `create_bd_intf_pin -mode ${kind === "master" ? "Master" : "Slave"} -vlnv ${vlnv} ${name}`
}

const addressMap = ({addresses}: BlockDesign): string => `# ---- Address map
${addresses
  .map(
    ({space, segment, offset, range}) =>
      `assign_bd_address -offset ${hex(offset)} -range ${hex(range)} \\
  -target_address_space [get_bd_addr_spaces ${space}] \\
  [get_bd_addr_segs ${segment}] -force`,
  )
  .join("\n")}
`

const checks = (design: BlockDesign): string => `# ---- Checks
validate_bd_design
save_bd_design

# The stream into the DMA takes its width from the core; were it another, results would be wrong.
set width [get_property CONFIG.c_s_axis_s2mm_tdata_width [get_bd_cells ${dmaPath}]]
if {$width != ${design.streamBits.output}} {
  stop "the DMA's input stream has $width bits, the core's output ${design.streamBits.output}"
}
# The clock the board makes is the clock that is timed.
set mhz [get_property CONFIG.PCW_ACT_FPGA0_PERIPHERAL_FREQMHZ [get_bd_cells processing_system7_0]]
if {abs($mhz - ${mhzText(design.clock.mhz)}) > 0.01} {
  stop "FCLK0 is $mhz MHz and ${mhzText(design.clock.mhz)} was asked: the PS cannot make that clock"
}
`

const implementation = (design: BlockDesign, {stem}: TclOptions): string => `# ---- Wrapper, bitstream, reports
set block [get_files ${design.name}.bd]
add_files -norecurse [make_wrapper -files $block -top]
set_property top ${design.name}_wrapper [current_fileset]
update_compile_order -fileset sources_1
generate_target all $block

launch_runs impl_1 -to_step write_bitstream -jobs 4
wait_on_run impl_1
set run [get_runs impl_1]
if {[get_property PROGRESS $run] ne "100%"} {
  set log [file join [get_property DIRECTORY $run] runme.log]
  stop "implementation ended as '[get_property STATUS $run]'; see $log"
}

open_run impl_1
report_timing_summary -file [file join $here ${stem}_timing.rpt]
report_utilization -hierarchical -file [file join $here ${stem}_utilization.rpt]
foreach {kind property} {setup STATS.WNS hold STATS.WHS} {
  set slack [get_property $property $run]
  if {![string is double -strict $slack]} {
    stop "Vivado reports no $kind slack ($property is '$slack')"
  }
  if {$slack < 0} {
    stop "timing fails: worst $kind slack $slack ns at ${mhzText(design.clock.mhz)} MHz;\\
      package again with a lower --clock, and see ${stem}_timing.rpt"
  }
}

# Vivado moved the hand-off from .srcs to .gen in 2020.2; look in both.
set name [get_property NAME [current_project]]
set handoff {}
foreach folder {gen srcs} {
  set file [file join $here project $name.$folder sources_1 bd ${design.name} hw_handoff]
  set file [file join $file ${design.name}.hwh]
  if {[file exists $file]} {
    set handoff $file
    break
  }
}
if {$handoff eq ""} {
  stop "no ${design.name}.hwh under project/$name.gen or project/$name.srcs"
}
set bitstream [file join [get_property DIRECTORY $run] ${design.name}_wrapper.bit]
file copy -force $bitstream [file join $here ${stem}.bit]
file copy -force $handoff [file join $here ${stem}.hwh]
write_hw_platform -fixed -include_bit -force -file [file join $here ${stem}.xsa]
close_project
puts "tlast: wrote ${stem}.bit"
puts "tlast: wrote ${stem}.hwh; copy both, with the driver, to the board"
`

const hex = (n: number): string => `0x${n.toString(16).toUpperCase().padStart(8, "0")}`

/** A Tcl word: bare where that is safe, braced otherwise. */
function word(text: string): string {
  return /^[A-Za-z0-9_./:+-]+$/.test(text) ? text : `{${text.replace(/[\\{}]/g, "")}}`
}
