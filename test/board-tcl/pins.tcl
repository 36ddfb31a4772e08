# Mock of Vivado: pins and interfaces that cells have.
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
