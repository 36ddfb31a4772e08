# A strict stand-in for the Vivado commands that build.tcl and package_ip.tcl use, for tclsh 8.6:
#   tclsh vivado-mock.tcl <script> <dump file> [Vivado version]
# It knows each IP's CONFIG names, pins and interfaces from catalogue.tcl (a real hand-off) and reads the core's from the
# X_INTERFACE attributes of the RTL the script adds, or from the component.xml of an IP in ip_repo_paths. It ends with "MOCK ERROR: ..." and code 2 on an unknown command,
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
set ipOfRepository {}    ;# VLNV -> component.xml, of IPs in ip_repo_paths
set attributes {}        ;# module -> {pins interfaces}, from the RTL

proc absolute {name} {
  if {[string match /* $name]} { return [string range $name 1 end] }
  return [expr {$::instance eq "" ? $name : "$::instance/$name"}]
}
proc parentOf {path} { set p [file dirname $path]; return [expr {$p eq "." ? "" : $p}] }

foreach part {project properties cells pins connections addresses validate implementation} {
  source [file join $mockFolder $part.tcl]
}

# An optional setting that no catalogue knows exists in no version: the script may not say "left at its default" here.
rename puts mockPuts
proc puts {args} {
  if {[string match "tlast: note: * has no parameter *" [lindex $args end]]} { fail [lindex $args end] }
  mockPuts {*}$args
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
