# Mock of Vivado: wrapper, runs, reports, hardware platform, IP packager.
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


# The IP packager
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
