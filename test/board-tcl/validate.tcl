# Mock of Vivado: validate_bd_design.
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
