"""Driver of a tlast accelerator on a PYNQ board (PYNQ 2.7 to 4.0, Python 3.8 and newer).

from tlast_pynq import Accelerator
accelerator = Accelerator()             # the .bit, .hwh and accelerator.json of this folder
logits = accelerator.predict(images)    # uint8 images in, int32 results out
"""

from .accelerator import Accelerator, Profile, SelfTestError
from .dma import Dma, DmaError
from .images import ImageError, to_wire
from .packets import PacketError, load_packets

__all__ = [
    "Accelerator",
    "Dma",
    "DmaError",
    "ImageError",
    "PacketError",
    "Profile",
    "SelfTestError",
    "load_packets",
    "to_wire",
]
