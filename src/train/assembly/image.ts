import {cos, sin, unit} from "./math"

/**
 * Bytes of an image to f32, value = byte / 256, rows and pixels of x as many bytes apart as said. With augmentation: rotation,
 * scale, shear and shift drawn from the seed, bilinear, zero outside. canvas holds (height + 3) x (width + 3) f32 a channel,
 * its border zero. levels > 0 floors to 1 / levels.
 */
export function loadImage(bytes: u32, x: u32, xRow: u32, xPixel: u32, height: i32, width: i32, channels: i32, augment: i32, seed: u32, canvas: u32, levels: f32): void {
  if (augment) moved(bytes, x, xRow, xPixel, height, width, channels, seed, canvas)
  else if (xPixel == <u32>channels << 2) {
    for (let row = 0; row < height; row++) still(bytes + row * width * channels, x + row * xRow, width * channels)
  } else {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const to = x + row * xRow + column * xPixel
        for (let c = 0; c < channels; c++) store<f32>(to + (c << 2), <f32>load<u8>(bytes++) * 0.00390625)
      }
    }
  }
  if (levels <= 0) return
  for (let row = 0; row < height; row++) {
    const to = x + row * xRow
    for (let i = 0; i < width * <i32>xPixel; i += 4) store<f32>(to + i, floor<f32>(load<f32>(to + i) * levels) / levels)
  }
}

/** count bytes, four at a time. */
function still(bytes: u32, x: u32, count: i32): void {
  const share = f32x4.splat(0.00390625)
  let i = 0
  for (; i + 4 <= count; i += 4) {
    const four = i16x8.extend_low_i8x16_u(v128.load32_zero(bytes + i))
    v128.store(x + (i << 2), f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(four)), share))
  }
  for (; i < count; i++) store<f32>(x + (i << 2), <f32>load<u8>(bytes + i) * 0.00390625)
}

function moved(bytes: u32, x: u32, xRow: u32, xPixel: u32, height: i32, width: i32, channels: i32, seed: u32, canvas: u32): void {
  const stride = (width + 3) << 2
  const plane = (height + 3) * stride
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row++) {
      let to = canvas + channel * plane + (row + 1) * stride + 4
      let from = bytes + row * width * channels + channel
      for (let column = 0; column < width; column++) {
        store<f32>(to, <f32>load<u8>(from) * 0.00390625)
        to += 4
        from += channels
      }
    }
  }
  const angle = (unit(seed, 0) - 0.5) * 0.4
  const scaleX = 1 + (unit(seed, 1) - 0.5) * 0.24
  const scaleY = 1 + (unit(seed, 2) - 0.5) * 0.24
  const shear = (unit(seed, 3) - 0.5) * 0.3
  const shiftX = (unit(seed, 4) - 0.5) * 3.8
  const shiftY = (unit(seed, 5) - 0.5) * 3.8
  const s = sin(angle)
  const c = cos(angle)
  // Rotation times shear times scale: where an output pixel comes from, about the centre.
  const xx = <f32>(c * scaleX)
  const xy = <f32>((c * shear - s) * scaleY)
  const yx = <f32>(s * scaleX)
  const yy = <f32>((s * shear + c) * scaleY)
  const centreX = <f32>(width - 1) * 0.5
  const centreY = <f32>(height - 1) * 0.5
  const firstX = <f32>shiftX + centreX + 1
  const firstY = <f32>shiftY + centreY + 1
  const lastX = <f32>(width + 1)
  const lastY = <f32>(height + 1)
  for (let row = 0; row < height; row++) {
    const dy = <f32>row - centreY
    const rowX = firstX + xy * dy
    const rowY = firstY + yy * dy
    let to = x + row * xRow
    for (let column = 0; column < width; column++) {
      const dx = <f32>column - centreX
      const px = min<f32>(max<f32>(rowX + xx * dx, 0), lastX)
      const py = min<f32>(max<f32>(rowY + yx * dx, 0), lastY)
      const ix = <i32>px
      const iy = <i32>py
      const fx = px - <f32>ix
      const fy = py - <f32>iy
      let corner = canvas + iy * stride + (ix << 2)
      for (let channel = 0; channel < channels; channel++) {
        const a = load<f32>(corner)
        const b = load<f32>(corner + stride)
        const top = a + (load<f32>(corner + 4) - a) * fx
        const bottom = b + (load<f32>(corner + stride + 4) - b) * fx
        store<f32>(to + (channel << 2), top + (bottom - top) * fy)
        corner += plane
      }
      to += xPixel
    }
  }
}
