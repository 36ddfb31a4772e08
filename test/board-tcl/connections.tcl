# Mock of Vivado: nets and interface connections.
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
    # Seen from inside, a master port takes a master.
    lassign $::ports($name) mode type
    return [list $object [expr {$mode eq "Master" ? "Slave" : "Master"}] $type]
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
