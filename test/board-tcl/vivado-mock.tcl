# A strict stand-in for the Vivado commands that build.tcl and package_ip.tcl use, for tclsh 8.6:
#   tclsh vivado-mock.tcl <script> <dump file> [Vivado version]
# It knows each IP's CONFIG names, pins and interfaces from catalogue.tcl (a real hand-off) and reads the core's from the
# X_INTERFACE attributes of the RTL the script adds. It ends with "MOCK ERROR: ..." and code 2 on an unknown command,
# option, object or CONFIG name; a second driver; an input, clock or reset without a driver; an unconnected interface;
# wrong directions or interface types; crossing a hierarchy; stream widths that differ; and addresses that overlap, are
# misaligned or leave a master without memory. What it accepts it writes to the dump, a fact a line.

set mockFolder [file dirname [file normalize [info script]]]
lassign $argv mockScript mockDump mockVersion
if {$mockVersion eq ""} { set mockVersion 2020.2 }

rename exit mockExit
proc fail {message} {
  puts stderr "MOCK ERROR: $message"
  mockExit 2
}
proc exit {{code 0}} { puts stderr "MOCK: the script called exit $code"; mockExit [expr {$code == 0 ? 3 : $code}] }

# ---- Options: `options args {flag flag} {-with value}`: returns {positional dict}
proc options {command arguments flags valued} {
  set positional {}
  set given {}
  for {set i 0} {$i < [llength $arguments]} {incr i} {
    set a [lindex $arguments $i]
    if {[string match -* $a] && ![string is double -strict $a]} {
      if {$a in $flags} {
        dict set given $a 1
      } elseif {$a in $valued} {
        incr i
        if {$i >= [llength $arguments]} { fail "$command: $a has no value" }
        dict set given $a [lindex $arguments $i]
      } else {
        fail "$command: unknown option $a"
      }
    } else {
      lappend positional $a
    }
  }
  return [list $positional $given]
}
proc need {command given args} {
  foreach name $args { if {![dict exists $given $name]} { fail "$command: $name is missing" } }
}

# ---- State
set catalogue {}
proc ip {vlnv config pins interfaces} { dict set ::catalogue $vlnv [list $config $pins $interfaces] }
source [file join $mockFolder catalogue.tcl]
set project ""
set part ""
set top ""
set files {}
set instance ""
set design ""
array set cells {}       ;# path -> kind (ip, hier, module)
array set vlnvs {}
array set config {}      ;# path,NAME -> value
array set chosen {}      ;# those of them that the script set
array set pins {}        ;# path -> {dir type}
array set interfaces {}  ;# path -> {mode vlnv}
array set ports {}       ;# external interface ports
array set netOf {}       ;# pin,scope -> net
array set netDriver {}
array set linkOf {}      ;# interface,scope -> link
set links {}
set nets {}
set segments {}
set validated 0
set launched 0
set attributes {}        ;# module -> {pins interfaces}, from the RTL

proc absolute {name} {
  if {[string match /* $name]} { return [string range $name 1 end] }
  return [expr {$::instance eq "" ? $name : "$::instance/$name"}]
}
proc parentOf {path} { set p [file dirname $path]; return [expr {$p eq "." ? "" : $p}] }

# ---- Project
proc version {args} {
  if {$args ne "-short"} { fail "version: only -short is known" }
  return $::mockVersion
}
proc create_project {args} {
  lassign [options create_project $args {-force -in_memory} {-part}] positional given
  need create_project $given -part
  if {[llength $positional] != 2} { fail "create_project: name and folder" }
  if {![regexp {^xc7z0(10|20)clg400-1$} [dict get $given -part]]} { fail "create_project: part [dict get $given -part] is unknown" }
  lassign $positional ::project folder
  set ::part [dict get $given -part]
}
proc needProject {} { if {$::project eq ""} { fail "no project is open" } }
proc close_project {} { needProject; set ::project "" }
proc current_project {} { needProject; return project:$::project }
proc current_fileset {} { needProject; return fileset:sources_1 }
proc add_files {args} {
  needProject
  lassign [options add_files $args {-norecurse} {}] positional given
  foreach file [concat {*}$positional] {
    if {$file eq "wrapper:$::design"} { lappend ::files $file; continue }
    if {![file exists $file]} { fail "add_files: $file does not exist" }
    if {$file in $::files} { fail "add_files: $file was added twice" }
    lappend ::files $file
    if {[file extension $file] in {.v .sv}} { readRtl $file }
  }
}
proc get_files {args} {
  lassign [options get_files $args {} {}] positional given
  set name [lindex $positional 0]
  if {$name eq "$::design.bd" && $::design ne ""} { return bd:$::design }
  if {$name in $::files} { return $name }
  fail "get_files: no file $name in the project"
}
proc update_compile_order {args} {
  lassign [options update_compile_order $args {} {-fileset}] positional given
  if {[dict get $given -fileset] ne "sources_1"} { fail "update_compile_order: no fileset [dict get $given -fileset]" }
}

# ---- The core's ports, from Verilog with X_INTERFACE attributes (plain Verilog only, as a module reference needs)
proc readRtl {file} {
  set channel [open $file]
  set text [read $channel]
  close $channel
  foreach {- module} [regexp -all -inline -line {^\s*module\s+(\w+)} $text] {
    set modulePins {}
    set moduleInterfaces {}
    set info ""
    foreach line [split $text "\n"] {
      foreach {- value} [regexp -all -inline {X_INTERFACE_INFO\s*=\s*"([^"]*)"} $line] { set info $value }
      foreach {- value} [regexp -all -inline {X_INTERFACE_PARAMETER\s*=\s*"([^"]*)"} $line] { dict set ::parameters $module,$info $value }
      if {[regexp {^\s*(?:\(\*.*\*\)\s*)?(input|output)\s+(?:wire|reg|logic)?\s*(?:signed\s*)?(?:\[(\d+):0\])?\s*(\w+)} $line - direction high name]} {
        set width [expr {$high eq "" ? 1 : $high + 1}]
        if {$info ne "" && [regexp {^(\S+)\s+(\S+)\s+(\S+)$} $info - vlnv bus logical]} {
          if {[string match *:axis:* $vlnv]} {
            dict lappend moduleInterfaces $bus [list $logical $direction $width]
          } elseif {[string match *:clock:* $vlnv]} {
            dict set modulePins $name [list $direction clk]
          } elseif {[string match *:reset:* $vlnv]} {
            dict set modulePins $name [list $direction rst]
          }
        } else {
          dict set modulePins $name [list $direction data]
        }
        set info ""
      }
    }
    dict set ::attributes $module [list $file $modulePins $moduleInterfaces]
  }
}
set parameters {}

# ---- Properties
proc set_property {args} {
  if {[lindex $args 0] eq "-dict"} {
    if {[llength $args] != 3} { fail "set_property -dict: dictionary and object" }
    lassign $args - dictionary object
    if {[llength $dictionary] % 2} { fail "set_property -dict: odd number of words" }
    foreach {name value} $dictionary { setOne $name $value $object }
  } else {
    if {[llength $args] != 3} { fail "set_property: name, value and object, not '$args'" }
    setOne {*}$args
  }
}
proc setOne {name value object} {
  switch -glob -- $object {
    cell:* {
      set path [string range $object 5 end]
      if {![string match CONFIG.* $name]} { fail "set_property: $name of a cell" }
      set key $path,[string range $name 7 end]
      if {![info exists ::config($key)]} { fail "set_property: $path has no $name" }
      # What Vivado computes: BD 41-737 there, an error here.
      if {[string match PCW_ACT_* [string range $name 7 end]] || $name eq "CONFIG.c_s_axis_s2mm_tdata_width"} {
        fail "set_property: $name of $path is read-only"
      }
      checkValue $path [string range $name 7 end] $value
      set ::config($key) $value
      set ::chosen($key) $value
    }
    project:* { if {$name ni {target_language}} { fail "set_property: project has no $name" } }
    fileset:* {
      if {$name ne "top"} { fail "set_property: fileset has no $name" }
      if {![dict exists $::attributes $value] && "wrapper:$::design" ni $::files} { fail "set_property top: no module $value" }
      if {![dict exists $::attributes $value] && $value ne "${::design}_wrapper"} { fail "set_property top: no module $value" }
      set ::top $value
    }
    core:* { if {$name ni {name version display_name description vendor library}} { fail "set_property: IP has no $name" } }
    default {
      if {$object in $::files && $name eq "file_type"} {
        if {$value ne "Memory Initialization Files"} { fail "set_property: file_type '$value'" }
        return
      }
      fail "set_property: no object '$object'"
    }
  }
}
# A few values have a closed set; the rest of Vivado's checks are not modelled.
proc checkValue {path name value} {
  set rules {
    c_include_sg {0 1} c_micro_dma {0 1} c_include_mm2s {0 1} c_include_s2mm {0 1} c_include_mm2s_dre {0 1}
    c_include_s2mm_dre {0 1} c_include_mm2s_sf {0 1} c_include_s2mm_sf {0 1} c_m_axi_mm2s_data_width {32 64 128 256 512 1024}
    c_m_axi_s2mm_data_width {32 64 128 256 512 1024} c_m_axis_mm2s_tdata_width {8 16 32 64 128 256 512 1024}
    c_mm2s_burst_size {2 4 8 16 32 64 128 256} c_s2mm_burst_size {2 4 8 16 32 64 128 256}
    PCW_S_AXI_HP0_DATA_WIDTH {32 64} PCW_USE_S_AXI_HP0 {0 1} PCW_USE_M_AXI_GP0 {0 1} PCW_FPGA_FCLK0_ENABLE {0 1}
    PCW_EN_CLK0_PORT {0 1} PCW_EN_RST0_PORT {0 1}
  }
  if {[dict exists $rules $name] && $value ni [dict get $rules $name]} { fail "$path: $name cannot be '$value'" }
  if {$name eq "c_sg_length_width" && !([string is integer -strict $value] && $value >= 8 && $value <= 26)} {
    fail "$path: c_sg_length_width cannot be '$value'"
  }
  if {$name in {NUM_SI NUM_MI} && !([string is integer -strict $value] && $value >= 1 && $value <= 16)} { fail "$path: $name cannot be '$value'" }
  if {[regexp {^PCW_.*_IO$} $name] && ![regexp {^(MIO \d+( \.\. \d+)?|EMIO|<Select>)$} $value]} { fail "$path: $name cannot be '$value'" }
  if {[regexp {FREQ_?MHZ$} $name] && ![string is double -strict $value]} { fail "$path: $name cannot be '$value'" }
}
proc get_property {name object} {
  switch -glob -- $object {
    cell:* {
      set path [string range $object 5 end]
      set bare [string range $name 7 end]
      if {![info exists ::config($path,$bare)]} { fail "get_property: $path has no $name" }
      if {$bare eq "PCW_ACT_FPGA0_PERIPHERAL_FREQMHZ"} { return [actualMhz $path] }
      if {$bare eq "c_s_axis_s2mm_tdata_width"} {
        if {!$::validated} { fail "get_property: $name is known after validate_bd_design" }
        return $::s2mmWidth
      }
      return $::config($path,$bare)
    }
    run:impl_1 {
      if {!$::launched} { fail "get_property: run impl_1 has not been launched" }
      switch $name {
        PROGRESS { return [expr {[info exists ::env(MOCK_PROGRESS)] ? $::env(MOCK_PROGRESS) : "100%"}] }
        STATUS { return "write_bitstream Complete!" }
        STATS.WNS { return [expr {[info exists ::env(MOCK_WNS)] ? $::env(MOCK_WNS) : 0.412}] }
        STATS.WHS { return 0.031 }
        DIRECTORY { return [file join $::mockProject $::project.runs impl_1] }
      }
      fail "get_property: run has no $name"
    }
    project:* { if {$name eq "NAME"} { return $::project } }
  }
  fail "get_property: no $name of '$object'"
}
# 1000 MHz IO PLL over two whole divisors, as the PS7 does.
proc actualMhz {path} {
  set asked $::config($path,PCW_FPGA0_PERIPHERAL_FREQMHZ)
  return [format %.6f [expr {1000.0 / max(1, ceil(1000.0 / $asked - 1e-3))}]]
}
proc list_property {object pattern} {
  if {![string match cell:* $object]} { fail "list_property: no object '$object'" }
  set path [string range $object 5 end]
  set names {}
  foreach key [array names ::config $path,*] {
    set name CONFIG.[string range $key [string length $path]+1 end]
    if {[string match $pattern $name]} { lappend names $name }
  }
  return $names
}

# ---- Block design
proc get_ipdefs {args} {
  lassign [options get_ipdefs $args {-all} {-filter}] positional given
  need get_ipdefs $given -filter
  if {![regexp {^VLNV =~ (\S+)$} [dict get $given -filter] - pattern]} { fail "get_ipdefs: filter '[dict get $given -filter]'" }
  return [lsearch -all -inline -glob [dict keys $::catalogue] $pattern]
}
proc create_bd_design {name} { needProject; if {$::design ne ""} { fail "create_bd_design: twice" }; set ::design $name }
proc needDesign {} { if {$::design eq ""} { fail "no block design is open" } }
proc current_bd_instance {object} {
  needDesign
  if {![string match cell:* $object]} { fail "current_bd_instance: '$object' is not a cell" }
  set target [string range $object 5 end]
  if {$target ne "" && (![info exists ::cells($target)] || $::cells($target) ne "hier")} { fail "current_bd_instance: no hierarchy $target" }
  set ::instance $target
}
proc create_bd_cell {args} {
  needDesign
  lassign [options create_bd_cell $args {} {-type -vlnv -reference}] positional given
  need create_bd_cell $given -type
  if {[llength $positional] != 1} { fail "create_bd_cell: one name, not '$positional'" }
  set path [absolute [lindex $positional 0]]
  if {[info exists ::cells($path)]} { fail "create_bd_cell: $path exists" }
  if {[parentOf $path] ne "" && ![info exists ::cells([parentOf $path])]} { fail "create_bd_cell: no hierarchy [parentOf $path]" }
  switch [dict get $given -type] {
    hier { set ::cells($path) hier }
    ip {
      need create_bd_cell $given -vlnv
      set vlnv [dict get $given -vlnv]
      if {![dict exists $::catalogue $vlnv]} { fail "create_bd_cell: no IP $vlnv" }
      set ::cells($path) ip
      set ::vlnvs($path) $vlnv
      foreach {name value} [lindex [dict get $::catalogue $vlnv] 0] { set ::config($path,$name) $value }
      # The hand-off shows a configured IP; a fresh one has these defaults (PG021, PG059, PG082).
      array set fresh {
        c_include_sg 1 c_sg_length_width 14 c_m_axi_mm2s_data_width 32 c_m_axi_s2mm_data_width 32 c_m_axis_mm2s_tdata_width 32
        c_mm2s_burst_size 16 c_s2mm_burst_size 16 NUM_SI 1 NUM_MI 2 PCW_USE_M_AXI_GP0 1 PCW_USE_S_AXI_HP0 0
        PCW_FPGA0_PERIPHERAL_FREQMHZ 50 PCW_CRYSTAL_PERIPHERAL_FREQMHZ 33.333333
      }
      foreach name [array names fresh] { if {[info exists ::config($path,$name)]} { set ::config($path,$name) $fresh($name) } }
    }
    module {
      need create_bd_cell $given -reference
      set module [dict get $given -reference]
      if {![dict exists $::attributes $module]} { fail "create_bd_cell: no module $module in the project" }
      lassign [dict get $::attributes $module] file
      if {[file extension $file] ne ".v"} { fail "create_bd_cell: $module is in $file; a module reference needs plain Verilog" }
      set ::cells($path) module
      set ::vlnvs($path) module:$module
    }
    default { fail "create_bd_cell: type [dict get $given -type]" }
  }
  return cell:$path
}
proc get_bd_cells {name} {
  if {$name eq "/"} { return cell: }
  set path [absolute $name]
  if {![info exists ::cells($path)]} { fail "get_bd_cells: no cell $path" }
  return cell:$path
}
proc create_bd_pin {args} {
  lassign [options create_bd_pin $args {} {-dir -type -from -to}] positional given
  need create_bd_pin $given -dir
  if {[dict get $given -dir] ni {I O IO}} { fail "create_bd_pin: direction [dict get $given -dir]" }
  if {$::instance eq ""} { fail "create_bd_pin: no hierarchy is current" }
  set path [absolute [lindex $positional 0]]
  if {[info exists ::pins($path)]} { fail "create_bd_pin: $path exists" }
  set ::pins($path) [list [dict get $given -dir] [expr {[dict exists $given -type] ? [dict get $given -type] : "data"}]]
}
proc create_bd_intf_pin {args} {
  lassign [options create_bd_intf_pin $args {} {-mode -vlnv}] positional given
  need create_bd_intf_pin $given -mode -vlnv
  if {[dict get $given -mode] ni {Master Slave}} { fail "create_bd_intf_pin: mode [dict get $given -mode]" }
  if {$::instance eq ""} { fail "create_bd_intf_pin: no hierarchy is current" }
  set path [absolute [lindex $positional 0]]
  if {[info exists ::interfaces($path)]} { fail "create_bd_intf_pin: $path exists" }
  set ::interfaces($path) [list [dict get $given -mode] [family [dict get $given -vlnv]]]
}
proc family {vlnv} {
  foreach name {aximm axis ddrx fixedio} { if {[regexp ":${name}(_rtl)?:1.0\$" $vlnv]} { return $name } }
  fail "no interface type $vlnv"
}
proc create_bd_intf_port {args} {
  needDesign
  lassign [options create_bd_intf_port $args {} {-mode -vlnv}] positional given
  need create_bd_intf_port $given -mode -vlnv
  set name [lindex $positional 0]
  if {[info exists ::ports($name)]} { fail "create_bd_intf_port: $name exists" }
  set ::ports($name) [list [dict get $given -mode] [family [dict get $given -vlnv]]]
}

# Pins and interfaces of a cell as it is configured now.
proc cellPins {path} {
  if {$::cells($path) eq "module"} {
    set result {}
    foreach {name kind} [lindex [dict get $::attributes [string range $::vlnvs($path) 7 end]] 1] {
      dict set result $name [list [expr {[lindex $kind 0] eq "input" ? "I" : "O"}] [lindex $kind 1]]
    }
    return $result
  }
  set result {}
  foreach {name direction} [lindex [dict get $::catalogue $::vlnvs($path)] 1] {
    if {[string match *axi_interconnect* $::vlnvs($path)] && [regexp {^[SM]\d\d_} $name]} { continue }
    if {$name eq "S_AXI_HP0_ACLK" && !$::config($path,PCW_USE_S_AXI_HP0)} { continue }
    if {$name eq "M_AXI_GP0_ACLK" && !$::config($path,PCW_USE_M_AXI_GP0)} { continue }
    if {$name eq "FCLK_CLK0" && !$::config($path,PCW_EN_CLK0_PORT)} { continue }
    if {$name eq "FCLK_RESET0_N" && !$::config($path,PCW_EN_RST0_PORT)} { continue }
    if {$name eq "IRQ_F2P"} { continue }
    dict set result $name [list $direction [pinType $name]]
  }
  foreach {letter count} {S NUM_SI M NUM_MI} {
    if {[info exists ::config($path,$count)]} {
      for {set i 0} {$i < $::config($path,$count)} {incr i} {
        dict set result [format %s%02d_ACLK $letter $i] {I clk}
        dict set result [format %s%02d_ARESETN $letter $i] {I rst}
      }
    }
  }
  return $result
}
proc pinType {name} {
  if {[regexp -nocase {(aclk|_clk|clk0)$} $name]} { return clk }
  if {[regexp -nocase {(resetn|aresetn|reset0_n|ext_reset_in|_reset|out_n|aux_reset_in|rst)$} $name]} { return rst }
  return data
}
proc cellInterfaces {path} {
  set result {}
  if {$::cells($path) eq "module"} {
    foreach {bus signals} [lindex [dict get $::attributes [string range $::vlnvs($path) 7 end]] 2] {
      foreach signal $signals {
        lassign $signal logical direction width
        if {$logical eq "TVALID"} { dict set result $bus [list [expr {$direction eq "input" ? "Slave" : "Master"}] axis] }
      }
      if {![dict exists $result $bus]} { fail "$path: interface $bus has no TVALID" }
    }
    return $result
  }
  foreach {name mode} [lindex [dict get $::catalogue $::vlnvs($path)] 2] {
    if {[string match *axi_interconnect* $::vlnvs($path)]} { continue }
    if {$name in {USBIND_0 S_AXI_HP0_FIFO_CTRL}} { continue }
    if {$name eq "S_AXI_HP0" && !$::config($path,PCW_USE_S_AXI_HP0)} { continue }
    if {$name eq "M_AXI_GP0" && !$::config($path,PCW_USE_M_AXI_GP0)} { continue }
    if {[string match *MM2S* $name] && ![string match *S2MM* $name] && [info exists ::config($path,c_include_mm2s)] && !$::config($path,c_include_mm2s)} { continue }
    if {[string match *S2MM* $name] && [info exists ::config($path,c_include_s2mm)] && !$::config($path,c_include_s2mm)} { continue }
    set type [expr {$name eq "DDR" ? "ddrx" : $name eq "FIXED_IO" ? "fixedio" : [string match *AXIS* $name] ? "axis" : "aximm"}]
    dict set result $name [list $mode $type]
  }
  if {[info exists ::config($path,c_include_sg)] && $::config($path,c_include_sg)} { dict set result M_AXI_SG {Master aximm} }
  foreach {letter count mode} {S NUM_SI Slave M NUM_MI Master} {
    if {[info exists ::config($path,$count)]} {
      for {set i 0} {$i < $::config($path,$count)} {incr i} { dict set result [format %s%02d_AXI $letter $i] [list $mode aximm] }
    }
  }
  return $result
}
proc get_bd_pins {name} {
  set path [absolute $name]
  if {[info exists ::pins($path)]} { return pin:$path }
  set cell [parentOf $path]
  if {![info exists ::cells($cell)]} { fail "get_bd_pins: no cell '$cell' for $path" }
  if {$::cells($cell) eq "hier" || ![dict exists [cellPins $cell] [file tail $path]]} { fail "get_bd_pins: no pin $path" }
  return pin:$path
}
proc get_bd_intf_pins {name} {
  set path [absolute $name]
  if {[info exists ::interfaces($path)]} { return intf:$path }
  set cell [parentOf $path]
  if {![info exists ::cells($cell)]} { fail "get_bd_intf_pins: no cell '$cell' for $path" }
  if {$::cells($cell) eq "hier" || ![dict exists [cellInterfaces $cell] [file tail $path]]} { fail "get_bd_intf_pins: no interface $path" }
  return intf:$path
}
proc get_bd_intf_ports {name} {
  if {![info exists ::ports($name)]} { fail "get_bd_intf_ports: no port $name" }
  return port:$name
}

# A hierarchy's own pin seen from inside has the other direction.
proc isBoundary {path} { return [expr {[info exists ::pins($path)] || [info exists ::interfaces($path)]}] }
proc checkScope {path} {
  set parent [parentOf $path]
  if {[isBoundary $path]} {
    if {$::instance ne $parent && $::instance ne [parentOf $parent]} { fail "$path cannot be reached from /$::instance" }
  } elseif {[parentOf $parent] ne $::instance} {
    fail "$path is not in the current hierarchy /$::instance: connect through a pin of the hierarchy"
  }
}
proc isSource {path} {
  if {[info exists ::pins($path)]} {
    set out [expr {[lindex $::pins($path) 0] eq "O"}]
    return [expr {$::instance eq [parentOf $path] ? !$out : $out}]
  }
  return [expr {[lindex [dict get [cellPins [parentOf $path]] [file tail $path]] 0] eq "O"}]
}
proc typeOf {path} {
  if {[info exists ::pins($path)]} { return [lindex $::pins($path) 1] }
  return [lindex [dict get [cellPins [parentOf $path]] [file tail $path]] 1]
}
proc connect_bd_net {args} {
  needDesign
  lassign [options connect_bd_net $args {} {-net}] positional given
  need connect_bd_net $given -net
  set net $::instance/[dict get $given -net]
  if {[llength $positional] < 2 && $net ni $::nets} { fail "connect_bd_net: net $net has one pin" }
  if {$net ni $::nets} { lappend ::nets $net }
  foreach object $positional {
    if {![string match pin:* $object]} { fail "connect_bd_net: '$object' is not a pin" }
    set path [string range $object 4 end]
    checkScope $path
    set key $path@$::instance
    if {[info exists ::netOf($key)]} { fail "connect_bd_net: $path is already on net $::netOf($key)" }
    set ::netOf($key) $net
    if {[isSource $path]} {
      if {[info exists ::netDriver($net)]} { fail "connect_bd_net: $net is driven by $::netDriver($net) and $path" }
      set ::netDriver($net) $path
    }
    lappend ::netPins($net) $path
    foreach other $::netPins($net) {
      if {[typeOf $other] ne [typeOf $path] && "data" ni [list [typeOf $other] [typeOf $path]]} {
        fail "connect_bd_net: $net joins [typeOf $other] $other and [typeOf $path] $path"
      }
    }
  }
}
proc linkEnd {object} {
  if {[string match port:* $object]} {
    set name [string range $object 5 end]
    return [list $object Slave [lindex $::ports($name) 1]]  ;# an external master port takes a master inside
  }
  if {![string match intf:* $object]} { fail "connect_bd_intf_net: '$object' is not an interface" }
  set path [string range $object 5 end]
  checkScope $path
  if {[info exists ::interfaces($path)]} {
    lassign $::interfaces($path) mode type
    if {$::instance eq [parentOf $path]} { set mode [expr {$mode eq "Master" ? "Slave" : "Master"}] }
  } else {
    lassign [dict get [cellInterfaces [parentOf $path]] [file tail $path]] mode type
  }
  return [list $path@$::instance $mode $type]
}
proc connect_bd_intf_net {args} {
  needDesign
  lassign [options connect_bd_intf_net $args {} {-intf_net}] positional given
  if {[llength $positional] != 2} { fail "connect_bd_intf_net: two interfaces, not '$positional'" }
  lassign [linkEnd [lindex $positional 0]] a modeA typeA
  lassign [linkEnd [lindex $positional 1]] b modeB typeB
  if {$typeA ne $typeB} { fail "connect_bd_intf_net: $a is $typeA and $b is $typeB" }
  if {$modeA eq $modeB} { fail "connect_bd_intf_net: $a and $b are both $modeA" }
  foreach end [list $a $b] {
    if {[info exists ::linkOf($end)]} { fail "connect_bd_intf_net: $end is already connected" }
    set ::linkOf($end) 1
  }
  lappend ::links [expr {$modeA eq "Master" ? [list $a $b] : [list $b $a]}]
}

# ---- Addresses
proc get_bd_addr_spaces {name} {
  set known {}
  foreach path [array names ::cells] {
    if {![info exists ::vlnvs($path)]} { continue }
    if {[string match *processing_system7* $::vlnvs($path)] && $::config($path,PCW_USE_M_AXI_GP0)} { lappend known $path/Data }
    if {[string match *axi_dma* $::vlnvs($path)]} {
      foreach channel {mm2s s2mm} { if {$::config($path,c_include_$channel)} { lappend known $path/Data_[string toupper $channel] } }
    }
  }
  if {$name ni $known} { fail "get_bd_addr_spaces: no address space $name" }
  return space:$name
}
proc get_bd_addr_segs {name} {
  set known {}
  foreach path [array names ::cells] {
    if {![info exists ::vlnvs($path)]} { continue }
    if {[string match *processing_system7* $::vlnvs($path)] && $::config($path,PCW_USE_S_AXI_HP0)} { lappend known $path/S_AXI_HP0/HP0_DDR_LOWOCM }
    if {[string match *axi_dma* $::vlnvs($path)]} { lappend known $path/S_AXI_LITE/Reg }
  }
  if {$name ni $known} { fail "get_bd_addr_segs: no address segment $name" }
  return seg:$name
}
proc assign_bd_address {args} {
  lassign [options assign_bd_address $args {-force} {-offset -range -target_address_space}] positional given
  need assign_bd_address $given -offset -range -target_address_space
  if {[llength $positional] != 1 || ![string match seg:* [lindex $positional 0]]} { fail "assign_bd_address: one segment, not '$positional'" }
  if {![string match space:* [dict get $given -target_address_space]]} { fail "assign_bd_address: no space" }
  set offset [expr {[dict get $given -offset]}]
  set range [expr {[dict get $given -range]}]
  set space [string range [dict get $given -target_address_space] 6 end]
  set segment [string range [lindex $positional 0] 4 end]
  if {$range < 4096 || ($range & ($range - 1))} { fail "assign_bd_address: range $range is not a power of two of at least 4096" }
  if {$offset % $range} { fail "assign_bd_address: offset [format 0x%X $offset] is not aligned to its range [format 0x%X $range]" }
  if {[string match *HP0_DDR_LOWOCM $segment]} {
    # HP0 sees DDR at 0 only, up to 1 GiB.
    if {$offset != 0 || $range > 0x40000000} { fail "assign_bd_address: $segment is at 0, up to 1 GiB" }
  } elseif {$offset < 0x40000000 || $offset + $range > 0x80000000} {
    fail "assign_bd_address: [format 0x%X $offset] is outside M_AXI_GP0 (0x40000000 to 0x7FFFFFFF)"
  }
  foreach other $::segments {
    lassign $other otherSpace otherSegment otherOffset otherRange
    if {$otherSpace eq $space && $offset < $otherOffset + $otherRange && $otherOffset < $offset + $range} {
      fail "assign_bd_address: $segment overlaps $otherSegment in $space"
    }
    if {$otherSpace eq $space && $otherSegment eq $segment} { fail "assign_bd_address: $segment is in $space twice" }
  }
  lappend ::segments [list $space $segment $offset $range]
}

# ---- Validation
proc validate_bd_design {} {
  needDesign
  if {$::instance ne ""} { fail "validate_bd_design: the current instance is $::instance, not the top" }
  foreach path [lsort [array names ::cells]] {
    if {$::cells($path) eq "hier"} { continue }
    set scope [parentOf $path]
    dict for {name kind} [cellPins $path] {
      lassign $kind direction type
      if {$direction ne "I"} { continue }
      set key $path/$name@$scope
      if {![info exists ::netOf($key)]} {
        # proc_sys_reset has tie-offs inside for its optional inputs.
        if {$name in {aux_reset_in mb_debug_sys_rst dcm_locked}} { continue }
        fail "validate_bd_design: input $path/$name is not connected"
      }
      if {![info exists ::netDriver($::netOf($key))]} { fail "validate_bd_design: $path/$name is on $::netOf($key), which nothing drives" }
    }
    dict for {name kind} [cellInterfaces $path] {
      if {![info exists ::linkOf($path/$name@$scope)]} { fail "validate_bd_design: interface $path/$name is not connected" }
    }
  }
  foreach path [array names ::pins] {
    foreach scope [list [parentOf $path] [parentOf [parentOf $path]]] {
      if {![info exists ::netOf($path@$scope)]} { fail "validate_bd_design: pin $path is not connected on the side of /$scope" }
      if {![info exists ::netDriver($::netOf($path@$scope))]} { fail "validate_bd_design: $path has no driver in /$scope" }
    }
  }
  foreach path [array names ::interfaces] {
    foreach scope [list [parentOf $path] [parentOf [parentOf $path]]] {
      if {![info exists ::linkOf($path@$scope)]} { fail "validate_bd_design: $path is not connected on the side of /$scope" }
    }
  }
  foreach name [array names ::ports] { if {![info exists ::linkOf(port:$name)]} { fail "validate_bd_design: port $name is not connected" } }
  foreach name {DDR FIXED_IO} { if {![info exists ::ports($name)]} { fail "validate_bd_design: $name is not external" } }
  checkWidths
  foreach path [array names ::cells] {
    if {![info exists ::vlnvs($path)] || ![string match *axi_dma* $::vlnvs($path)]} { continue }
    foreach channel {MM2S S2MM} {
      if {[lsearch -index 0 $::segments $path/Data_$channel] < 0} { fail "validate_bd_design: $path/Data_$channel sees no memory" }
    }
    if {[lsearch -index 1 $::segments $path/S_AXI_LITE/Reg] < 0} { fail "validate_bd_design: $path has no address" }
  }
  set ::validated 1
}
# TDATA of core and DMA agree; the stream is not wider than the memory map; clocks of the core are associated.
proc checkWidths {} {
  foreach path [array names ::cells] {
    if {$::cells($path) ne "module"} { continue }
    set module [string range $::vlnvs($path) 7 end]
    foreach {bus signals} [lindex [dict get $::attributes $module] 2] {
      foreach wanted {TDATA TVALID TREADY TLAST TKEEP} {
        if {[lsearch -index 0 $signals $wanted] < 0} { fail "validate_bd_design: $module's $bus has no $wanted" }
      }
      set width [lindex [lsearch -inline -index 0 $signals TDATA] 2]
      if {[lindex [lsearch -inline -index 0 $signals TKEEP] 2] != $width / 8} { fail "validate_bd_design: $module's $bus has a TKEEP of another width" }
      set associated 0
      dict for {key value} $::parameters {
        if {[string match $module,* $key] && [regexp {ASSOCIATED_BUSIF\s+(\S+?)(,|$)} $value - list] && $bus in [split $list :]} { set associated 1 }
      }
      if {!$associated} { fail "validate_bd_design: no clock is associated with $module's $bus" }
      foreach link $::links {
        foreach {from to} $link {}
        set far ""
        if {[string match $path/$bus@* $from]} { set far $to }
        if {[string match $path/$bus@* $to]} { set far $from }
        if {$far eq ""} { continue }
        set farPath [lindex [split $far @] 0]
        set dma [parentOf $farPath]
        if {[string match *M_AXIS_MM2S $farPath]} {
          if {$::config($dma,c_m_axis_mm2s_tdata_width) != $width} {
            fail "validate_bd_design: $farPath is $::config($dma,c_m_axis_mm2s_tdata_width) bits and $path/$bus $width"
          }
          if {$width > $::config($dma,c_m_axi_mm2s_data_width)} { fail "validate_bd_design: stream of $width bits on a narrower memory map" }
        }
        if {[string match *S_AXIS_S2MM $farPath]} {
          set ::s2mmWidth $width
          if {$width > $::config($dma,c_m_axi_s2mm_data_width)} { fail "validate_bd_design: stream of $width bits on a narrower memory map" }
        }
      }
    }
  }
}
proc save_bd_design {} { needDesign }

# ---- Implementation
proc make_wrapper {args} {
  lassign [options make_wrapper $args {-top -import} {-files}] positional given
  need make_wrapper $given -files -top
  if {[dict get $given -files] ne "bd:$::design"} { fail "make_wrapper: not a block design" }
  if {!$::validated} { fail "make_wrapper: the design was not validated" }
  return wrapper:$::design
}
proc generate_target {what files} { if {$what ne "all" || $files ne "bd:$::design"} { fail "generate_target: $what $files" } }
proc launch_runs {args} {
  lassign [options launch_runs $args {} {-to_step -jobs}] positional given
  if {$positional ne "impl_1"} { fail "launch_runs: no run $positional" }
  if {[dict get $given -to_step] ne "write_bitstream"} { fail "launch_runs: no step [dict get $given -to_step]" }
  if {$::top ne "${::design}_wrapper"} { fail "launch_runs: the top is $::top, not the wrapper" }
  if {"wrapper:$::design" ni $::files} { fail "launch_runs: the wrapper is not in the project" }
  set ::launched 1
  # What a real run leaves behind; .srcs on request, to try the other place.
  set ::mockProject [file join [file dirname [file normalize $::mockScript]] project]
  set place [expr {[info exists ::env(MOCK_SRCS)] ? "srcs" : "gen"}]
  foreach {folder file} [list $::project.runs/impl_1 ${::design}_wrapper.bit $::project.$place/sources_1/bd/$::design/hw_handoff $::design.hwh] {
    file mkdir [file join $::mockProject $folder]
    close [open [file join $::mockProject $folder $file] w]
  }
}
proc wait_on_run {run} { if {$run ne "impl_1" || !$::launched} { fail "wait_on_run: $run" } }
proc get_runs {name} { if {$name ne "impl_1"} { fail "get_runs: no run $name" }; return run:impl_1 }
proc open_run {name} { if {$name ne "impl_1" || !$::launched} { fail "open_run: $name" } }
proc report_timing_summary {args} { lassign [options report_timing_summary $args {} {-file}] p given; need report_timing_summary $given -file }
proc report_utilization {args} { lassign [options report_utilization $args {-hierarchical} {-file}] p given; need report_utilization $given -file }
proc write_hw_platform {args} {
  lassign [options write_hw_platform $args {-fixed -include_bit -force} {-file}] positional given
  need write_hw_platform $given -file -fixed
  if {!$::launched} { fail "write_hw_platform: nothing is implemented" }
}

# ---- IP packager
namespace eval ipx {
  variable core ""
  proc package_project {args} {
    lassign [::options ipx::package_project $args {-import_files -force} {-root_dir -vendor -library -taxonomy -set_current}] p given
    ::need ipx::package_project $given -root_dir -vendor -library -taxonomy
    if {$::top eq ""} { ::fail "ipx::package_project: no top" }
    variable core core:$::top
  }
  proc current_core {} { variable core; if {$core eq ""} { ::fail "ipx::current_core: none" }; return $core }
  proc get_bus_interfaces {name args} {
    lassign [::options ipx::get_bus_interfaces $args {} {-of_objects}] p given
    lassign [dict get $::attributes $::top] file modulePins moduleInterfaces
    return [expr {[dict exists $modulePins $name] || [dict exists $moduleInterfaces $name] ? "bus:$name" : ""}]
  }
  foreach name {create_xgui_files update_checksums check_integrity save_core} {
    proc $name {object} [string map [list @ $name] { if {![string match core:* $object]} { ::fail "ipx::@: no IP" } }]
  }
}

# ---- Run, then write what was built
proc unknown {name args} { fail "Vivado has no command $name" }
proc dump {file} {
  set channel [open $file w]
  foreach path [lsort [array names ::cells]] { puts $channel "cell $path [expr {[info exists ::vlnvs($path)] ? $::vlnvs($path) : "hier"}]" }
  foreach link [lsort $::links] { puts $channel "link $link" }
  foreach net [lsort $::nets] { puts $channel "net $::netDriver($net) -> [lsort $::netPins($net)]" }
  foreach segment [lsort $::segments] { lassign $segment a b c d; puts $channel [format "address %s %s 0x%08X 0x%08X" $a $b $c $d] }
  foreach key [lsort [array names ::chosen]] { puts $channel "config $key $::chosen($key)" }
  close $channel
}
set argv {}
set argv0 $mockScript
if {[catch {source $mockScript} message]} {
  puts stderr "MOCK ERROR: $message\n$::errorInfo"
  mockExit 2
}
if {$project ne ""} { fail "the script left the project open" }
if {[string match *build.tcl $mockScript] && !$launched} { fail "the script launched no run" }
dump $mockDump
mockExit 0
