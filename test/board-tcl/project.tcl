# Mock of Vivado: the project, its files, and the ports of the RTL in it.
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


# The core's ports, from Verilog with X_INTERFACE attributes (plain Verilog only, as a module reference needs)
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

# An exported IP: vendor, library, name, version, interfaces and ports of the component.xml (IP-XACT) in each repository.
set repositories {}
proc update_ip_catalog {args} {
  needProject
  lassign [options update_ip_catalog $args {-rebuild} {}] positional given
  foreach folder $::repositories {
    set file [file join $folder component.xml]
    if {![file exists $file]} { fail "update_ip_catalog: no component.xml in $folder" }
    readComponent $file
  }
}
proc readComponent {file} {
  set channel [open $file]
  set text [read $channel]
  close $channel
  set words {}
  foreach tag {vendor library name version} {
    if {![regexp "<spirit:$tag>(\[^<\]+)</spirit:$tag>" $text - value]} { fail "update_ip_catalog: $file has no $tag" }
    lappend words $value
  }
  set vlnv [join $words :]
  set widths {}
  set directions {}
  foreach {- port} [regexp -all -inline {<spirit:port>(.*?)</spirit:port>} $text] {
    regexp {<spirit:name>([^<]+)</spirit:name>} $port - name
    regexp {<spirit:direction>(in|out)</spirit:direction>} $port - direction
    dict set directions $name [expr {$direction eq "in" ? "input" : "output"}]
    dict set widths $name [expr {[regexp {<spirit:left[^>]*>(\d+)</spirit:left>} $port - left] ? $left + 1 : 1}]
  }
  set found {}
  set streams {}
  foreach {- bus} [regexp -all -inline {<spirit:busInterface>(.*?)</spirit:busInterface>} $text] {
    regexp {<spirit:name>([^<]+)</spirit:name>} $bus - name
    regexp {<spirit:busType [^>]*spirit:name="(\w+)"} $bus - type
    foreach {- map} [regexp -all -inline {<spirit:portMap>(.*?)</spirit:portMap>} $bus] {
      regexp {<spirit:logicalPort>\s*<spirit:name>([^<]+)<} $map - logical
      regexp {<spirit:physicalPort>\s*<spirit:name>([^<]+)<} $map - physical
      if {![dict exists $directions $physical]} { fail "update_ip_catalog: $vlnv has no port $physical" }
      if {$type eq "axis"} {
        dict lappend streams $name [list $logical [dict get $directions $physical] [dict get $widths $physical]]
        set directions [dict remove $directions $physical]
      } elseif {$type in {clock reset}} {
        dict set found $physical [list [dict get $directions $physical] [expr {$type eq "clock" ? "clk" : "rst"}]]
        set directions [dict remove $directions $physical]
      }
    }
    foreach {- parameter value} [regexp -all -inline {<spirit:parameter>\s*<spirit:name>([^<]+)</spirit:name>\s*<spirit:value[^>]*>([^<]*)</spirit:value>} $bus] {
      dict append ::parameters $vlnv,$name "$parameter $value,"
    }
  }
  dict for {name direction} $directions { dict set found $name [list $direction data] }
  dict set ::attributes $vlnv [list $file $found $streams]
  dict set ::ipOfRepository $vlnv $file
}
