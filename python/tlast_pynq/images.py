"""From what users hold to what the stream carries: layout, scale and packing are the driver's business."""

from typing import TYPE_CHECKING, Any, Dict

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]
else:
    Array = np.ndarray  # cannot be subscripted in the numpy of PYNQ 2.7


class ImageError(ValueError):
    """The images do not fit the network; the message says what was given, what was expected and what to change."""


def to_wire(images: Any, description: Dict[str, Any]) -> Array:
    """Returns the bytes of `images` as the stream carries them: uint8, one row an image.

    Accepts uint8 (0..255), any integers in that range, booleans (0 or 255), or floats in 0..1 (a pixel / 255);
    one image or a batch; rows, height x width, height x width x channels, or channels first.
    """
    shape = description["input"]
    batch = _batch(np.asarray(images), shape["height"], shape["width"], shape["channels"])
    pixels = _bytes(batch).reshape(len(batch), shape["height"] * shape["width"] * shape["channels"])
    # The network reads the top bits of a byte.
    elements = pixels >> np.uint8(shape["shift"]) if shape["shift"] else pixels
    return _pack(elements, shape["wire_bits"])


def _batch(images: Array, height: int, width: int, channels: int) -> Array:
    count = height * width * channels
    one = [(height, width, channels), (count,)] + ([(height, width)] if channels == 1 else [])
    if images.shape in one:
        return images.reshape(1, height, width, channels)
    if images.ndim >= 2 and images.shape[1:] in one:
        return images.reshape(len(images), height, width, channels)
    first = (channels, height, width)
    if images.shape == first:
        images = images[np.newaxis]
    if images.ndim == 4 and images.shape[1:] == first:
        return images.transpose(0, 2, 3, 1)
    raise ImageError(
        f"images have shape {images.shape}; expected (images, {height}, {width}, {channels}), "
        f"(images, {count}) or one image of these"
    )


def _bytes(batch: Array) -> Array:
    if batch.dtype == np.uint8:
        return batch
    if batch.dtype == np.bool_:
        return batch.astype(np.uint8) * np.uint8(255)
    if np.issubdtype(batch.dtype, np.integer):
        if batch.size and (batch.min() < 0 or batch.max() > 255):
            raise ImageError(f"integer pixels are {batch.min()}..{batch.max()}; expected 0..255")
        return batch.astype(np.uint8)
    if np.issubdtype(batch.dtype, np.floating):
        # Also false for NaN.
        if batch.size and not (batch.min() >= 0.0 and batch.max() <= 1.0):
            raise ImageError(
                f"float pixels are {batch.min()}..{batch.max()}; expected 0..1 (a pixel / 255), or give uint8"
            )
        return np.rint(batch * 255.0).astype(np.uint8)
    raise ImageError(f"pixels are of type {batch.dtype}; expected uint8, or floats in 0..1")


def _pack(elements: Array, wire_bits: int) -> Array:
    """Elements of 8 bits a byte each; of 4, 2 or 1 bits several a byte, the first one low."""
    if wire_bits == 8:
        return np.ascontiguousarray(elements)
    each = 8 // wire_bits
    if elements.shape[1] % each:
        raise ImageError(f"{elements.shape[1]} elements of {wire_bits} bits do not fill whole bytes")
    groups = elements.reshape(len(elements), -1, each)
    packed = np.zeros(groups.shape[:2], dtype=np.uint8)
    for lane in range(each):
        packed |= groups[:, :, lane] << np.uint8(wire_bits * lane)
    return packed
