"""Prints what pynqmetadata 0.2.0 sees in a hand-off, as JSON: `read_hwh.py file.hwh [compat.py]`."""

import importlib.util
import json
import sys
import warnings

warnings.simplefilter("ignore")

from pynqmetadata.frontends import Metadata  # noqa: E402
from pynqmetadata.views.runtime import RuntimeMetadataParser  # noqa: E402


def plain(value: object) -> object:
    """What JSON can hold: the views carry driver classes and devices too."""
    if hasattr(value, "items"):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__


if len(sys.argv) > 2:  # the driver's workarounds, without the rest of it
    spec = importlib.util.spec_from_file_location("compat", sys.argv[2])
    compat = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(compat)
    compat.apply()
parser = RuntimeMetadataParser(Metadata(input=sys.argv[1]))
names = ("ip_dict", "hierarchy_dict", "mem_dict", "clock_dict", "gpio_dict")
print(json.dumps({name: plain(getattr(parser, name)) for name in names}))
