"""Known faults of PYNQ releases, worked around one by one."""


def apply() -> None:
    """Call before an Overlay is made. Does nothing on releases without the fault."""
    try:
        from pynqmetadata.models.proc_sys_core import ProcSysCore
        from pynqmetadata.models.zynq_proc_sys_core import ZynqProcSysCore
    except ImportError:
        return  # PYNQ 2.7 reads the .hwh by itself
    # pynq 4.0.0 with pynqmetadata 0.2.0: Overlay() raises TypeError for every Zynq-7000, since the achieved clock is
    # looked up under UltraScale's parameter name. Zynq-7000's is PCW_ACT_FPGA<i>_PERIPHERAL_FREQMHZ.
    inherited = getattr(ProcSysCore, "clk_freq_param_name", None)
    if inherited is not None and ZynqProcSysCore.clk_freq_param_name is inherited:

        def clk_freq_param_name(self: object, clk_id: int) -> str:
            return f"PCW_ACT_FPGA{clk_id}_PERIPHERAL_FREQMHZ"

        ZynqProcSysCore.clk_freq_param_name = clk_freq_param_name
