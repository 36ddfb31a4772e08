#!/usr/bin/env python3
"""Writes catalogue.tcl from a real Vivado hand-off: `make-catalogue.py design.hwh > catalogue.tcl`.

The catalogue is what the mock of Vivado believes about IPs: the names of their CONFIG parameters with the values the
hand-off shows, the direction of every pin that belongs to no interface, and the mode of every interface. Names and
directions are facts; nothing else of the hand-off is kept. IPs that are not in the hand-off are not in the catalogue.
"""

import sys
import xml.etree.ElementTree as ET

MODES = {"MASTER": "Master", "SLAVE": "Slave", "INITIATOR": "Master", "TARGET": "Slave"}
WANTED = ("axi_interconnect", "axi_dma", "processing_system7", "proc_sys_reset")


def main(path: str) -> None:
    root = ET.parse(path).getroot()
    version = root.get("VIVADOVERSION")
    print("# What the mock of Vivado knows about IPs. Written by make-catalogue.py; do not edit.")
    print(f"# Source: a Vivado {version} hand-off (.hwh) of a working XC7Z010 design with these IPs.")
    print("# ip <vlnv> {CONFIG name value ...} {pin direction ...} {interface mode ...}")
    done = set()
    for module in root.find("MODULES"):
        name = module.get("MODTYPE")
        if name not in WANTED:
            continue
        vlnv = module.get("VLNV")
        config = {}
        for parameter in module.find("PARAMETERS"):
            key = parameter.get("NAME")
            # The hand-off lists HDL generics (C_*) beside CONFIG names; of axi_dma's the lower-case ones are CONFIG.
            if key in ("EDK_IPTYPE", "C_BASEADDR", "C_HIGHADDR", "Component_Name", "C_FAMILY"):
                continue
            if name == "axi_dma" and key.startswith("C_"):
                continue
            if name == "processing_system7" and not key.startswith("PCW_"):
                continue
            config[key] = (parameter.get("VALUE") or "").replace("\\\n", " ").replace("\n", " ")
        in_interface = set()
        interfaces = {}
        for bus in module.find("BUSINTERFACES") or []:
            interfaces[bus.get("NAME")] = MODES[bus.get("TYPE")]
            in_interface.update(p.get("PHYSICAL") for p in bus.iter("PORTMAP"))
        pins = {p.get("NAME"): p.get("DIR") for p in module.find("PORTS") if p.get("NAME") not in in_interface}
        if vlnv in done:  # the interconnect appears twice: what they share is one rule in the mock
            continue
        done.add(vlnv)
        print(f"ip {vlnv} {{")
        for key in sorted(config):
            value = config[key]
            if len(value) > 80:
                value = ""
            if value == "" or any(c in value for c in ' []{}$"\\;'):
                value = "{" + value.replace("{", "").replace("}", "").replace("\\", "") + "}"
            print(f"  {key} {value}")
        print("} {" + " ".join(f"{k} {v}" for k, v in pins.items()) + "} {", end="")
        print(" ".join(f"{k} {v}" for k, v in interfaces.items()) + "}")


main(sys.argv[1])
