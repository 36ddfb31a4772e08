# Mock of Vivado: address spaces and segments.
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
