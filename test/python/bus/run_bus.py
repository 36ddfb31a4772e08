"""Builds a design with Icarus and runs streams.py on it: `run_bus.py <folder> <top> <vectors.json> <source>...`."""

import os
import sys
import warnings

warnings.simplefilter("ignore")

from cocotb.runner import get_runner  # noqa: E402


def main(folder: str, top: str, vectors: str, sources: "list[str]") -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    os.environ["PYTHONPATH"] = here
    runner = get_runner("icarus")
    runner.build(
        verilog_sources=sources,
        hdl_toplevel=top,
        build_dir=os.path.join(folder, "sim"),
        build_args=["-g2012"],
        timescale=("1ns", "1ps"),
        always=True,
    )
    runner.test(
        hdl_toplevel=top,
        test_module="streams",
        # $readmemh opens its files relative to where the simulator runs.
        test_dir=folder,
        build_dir=os.path.join(folder, "sim"),
        results_xml=os.path.join(folder, "results.xml"),
        extra_env={"VECTORS": vectors},
        seed=1,
    )


main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
