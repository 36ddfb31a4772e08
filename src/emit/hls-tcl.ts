import type {HlsArchitecture} from "../plan/hls/architecture.ts"
import type {ExportedIp} from "./block-design.ts"
import {banner, topName} from "./hls-top.ts"

const vendor = "tlast"
const library = "hls"
const version = "1.0"

/** What run_hls.tcl exports, for a block design; the folder is relative to that of run_hls.tcl. */
export const exportedIp = (top: string): ExportedIp => ({
  vlnv: `${vendor}:${library}:${top}:${version}`,
  folder: `${top}_hls/solution/impl/ip`,
})

/** run_hls.tcl: C simulation, synthesis, co-simulation and export, with commands that Vitis HLS 2020.2 to 2024.x share. */
export function emitHlsTcl(architecture: HlsArchitecture): string {
  const {network, options} = architecture
  const name = topName(network.name)
  const periodNs = (1000 / options.clockMhz).toFixed(3)
  return `${banner(architecture, "Vitis HLS, from sources to an IP").replaceAll("//", "#")}
#
# 2020.2 to 2024.1:  vitis_hls -f run_hls.tcl
# 2024.2 and later:  vitis-run --mode hls --tcl run_hls.tcl
# Only some steps:   TLAST_HLS_STEPS="csim csynth" before the command.
# Not run by tlast's tests, which have no Vitis HLS: commands and options are checked against UG1399's.

set steps {csim csynth cosim export}
if {[info exists ::env(TLAST_HLS_STEPS)]} { set steps $::env(TLAST_HLS_STEPS) }
foreach step $steps {
  if {[lsearch -exact {csim csynth cosim export} $step] < 0} {
    error "TLAST_HLS_STEPS has \\"$step\\": expected some of csim csynth cosim export"
  }
}
cd [file dirname [file normalize [info script]]]

open_project -reset ${name}_hls
set_top ${name}
add_files ${name}.cpp -cflags "-std=c++11 -I."
add_files -tb tb_${name}.cpp -cflags "-std=c++11 -I."
add_files -tb ${name}_in.txt
add_files -tb ${name}_out.txt

open_solution -reset -flow_target vivado solution
set_part ${fullPart(options.part)}
create_clock -period ${periodNs} -name default
# Counters, and what was loaded, are as built after aresetn, not only after configuration.
config_rtl -reset state -reset_level low
config_dataflow -default_channel fifo -fifo_depth 2

if {[lsearch -exact $steps csim] >= 0} { csim_design }
if {[lsearch -exact $steps csynth] >= 0} { csynth_design }
# ap_ctrl_none: co-simulation follows the streams, which the test bench fills before the first call.
if {[lsearch -exact $steps cosim] >= 0} { cosim_design -rtl verilog }
if {[lsearch -exact $steps export] >= 0} {
  export_design -format ip_catalog -rtl verilog -vendor ${vendor} -library ${library} -version ${version} -display_name "${network.name}"
}
exit
`
}

/** A device without package and speed grade gets those of the PYNQ boards. */
const fullPart = (part: string): string => (/^xc7z0[0-9]{2}$/.test(part) ? `${part}clg400-1` : part)
