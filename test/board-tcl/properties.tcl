# Mock of Vivado: set_property, get_property, list_property.
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
    project:* {
      if {$name eq "ip_repo_paths"} { set ::repositories $value; return }
      if {$name ni {target_language}} { fail "set_property: project has no $name" }
    }
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
