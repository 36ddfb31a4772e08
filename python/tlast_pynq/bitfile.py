"""What a .bit says about itself, and finding the pair that pynq needs."""

import os
from typing import Any, Dict, Optional


def find_pair(folder: str, description: Dict[str, Any]) -> str:
    """Path of the description's .bit, with its .hwh beside it. Raises FileNotFoundError with what to do."""
    bit = os.path.join(folder, description["stem"] + ".bit")
    hwh = os.path.join(folder, description["stem"] + ".hwh")
    for path in (bit, hwh):
        if not os.path.isfile(path):
            raise FileNotFoundError(
                f"{path} is missing: run build.tcl in Vivado, then copy {description['stem']}.bit and .hwh here. "
                "Both are needed, with the same name."
            )
    return bit


def part_of(path: str) -> Optional[str]:
    """The part in a .bit's header ("7z020clg400"), or None where there is no header of this kind."""
    with open(path, "rb") as file:
        head = file.read(1024)
    # A 2-byte length and that many bytes, then the fields: 00 01, 'a' name, 'b' part, 'c' date, 'd' time, 'e' data.
    at = 2 + int.from_bytes(head[:2], "big") + 2
    while at + 3 <= len(head) and head[at : at + 1] in (b"a", b"b", b"c", b"d"):
        length = int.from_bytes(head[at + 1 : at + 3], "big")
        text = head[at + 3 : at + 3 + length].rstrip(b"\0")
        if head[at : at + 1] == b"b":
            return text.decode("ascii", "replace")
        at += 3 + length
    return None


def check_part(path: str, part: str) -> None:
    """Raises ValueError where the bitstream was made for another device than the package's board."""
    found = part_of(path)
    # Package parts carry "xc" and a speed grade, headers neither.
    if found and not part.startswith("xc" + found):
        raise ValueError(f"{path} is for {found}, and this package for {part}: loading it would fail or do harm")
