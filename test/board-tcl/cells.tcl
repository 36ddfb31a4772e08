# Mock of Vivado: block design, cells, and pins and ports that the script makes.
proc get_ipdefs {args} {
  lassign [options get_ipdefs $args {-all} {-filter}] positional given
  need get_ipdefs $given -filter
  if {![regexp {^VLNV =~ (\S+)$} [dict get $given -filter] - pattern]} { fail "get_ipdefs: filter '[dict get $given -filter]'" }
  return [lsearch -all -inline -glob [concat [dict keys $::catalogue] [dict keys $::ipOfRepository]] $pattern]
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
      if {[dict exists $::ipOfRepository $vlnv]} {
        # Like a module reference from here on: pins, streams and widths are those of its component.xml.
        set ::cells($path) module
        set ::vlnvs($path) module:$vlnv
        return cell:$path
      }
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
