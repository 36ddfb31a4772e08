/**
 * count windows, xStep bytes apart, of rows x run elements: y = bias + sum of x * weights, or y += it with no bias (bias 0).
 * Weights are panels of 8 outputs, and of 4 where outputs4 is no multiple of 8: [panel][row][run][outputs of the panel].
 * Blocks of 4 windows x 8 outputs, then what is left over. Each sum is taken in the order of the elements.
 */
export function line(x: u32, xStep: u32, xRow: u32, rows: i32, run: i32, panels: u32, bias: u32, outputs4: i32, y: u32, yStep: u32, count: i32): void {
  const panel: u32 = (rows * run) << 2
  const runBytes: u32 = run << 2
  let i = 0
  for (; i + 4 <= count; i += 4) {
    const x0 = x + i * xStep
    const y0 = y + i * yStep
    const y1 = y0 + yStep
    const y2 = y1 + yStep
    const y3 = y2 + yStep
    let o: u32 = 0
    for (; o + 8 <= <u32>outputs4; o += 8) {
      let a0: v128, b0: v128, a1: v128, b1: v128, a2: v128, b2: v128, a3: v128, b3: v128
      if (bias) {
        a0 = v128.load(bias + (o << 2))
        b0 = v128.load(bias + (o << 2), 16)
        a1 = a0
        b1 = b0
        a2 = a0
        b2 = b0
        a3 = a0
        b3 = b0
      } else {
        a0 = v128.load(y0 + (o << 2))
        b0 = v128.load(y0 + (o << 2), 16)
        a1 = v128.load(y1 + (o << 2))
        b1 = v128.load(y1 + (o << 2), 16)
        a2 = v128.load(y2 + (o << 2))
        b2 = v128.load(y2 + (o << 2), 16)
        a3 = v128.load(y3 + (o << 2))
        b3 = v128.load(y3 + (o << 2), 16)
      }
      let w = panels + o * panel
      for (let row = 0; row < rows; row++) {
        let p0 = x0 + row * xRow
        let p1 = p0 + xStep
        let p2 = p1 + xStep
        let p3 = p2 + xStep
        const end = p0 + runBytes
        while (p0 + 16 <= end) {
          let u = v128.load(w)
          let v = v128.load(w, 16)
          let s = v128.load32_splat(p0)
          a0 = f32x4.add(a0, f32x4.mul(s, u))
          b0 = f32x4.add(b0, f32x4.mul(s, v))
          s = v128.load32_splat(p1)
          a1 = f32x4.add(a1, f32x4.mul(s, u))
          b1 = f32x4.add(b1, f32x4.mul(s, v))
          s = v128.load32_splat(p2)
          a2 = f32x4.add(a2, f32x4.mul(s, u))
          b2 = f32x4.add(b2, f32x4.mul(s, v))
          s = v128.load32_splat(p3)
          a3 = f32x4.add(a3, f32x4.mul(s, u))
          b3 = f32x4.add(b3, f32x4.mul(s, v))
          u = v128.load(w, 32)
          v = v128.load(w, 48)
          s = v128.load32_splat(p0, 4)
          a0 = f32x4.add(a0, f32x4.mul(s, u))
          b0 = f32x4.add(b0, f32x4.mul(s, v))
          s = v128.load32_splat(p1, 4)
          a1 = f32x4.add(a1, f32x4.mul(s, u))
          b1 = f32x4.add(b1, f32x4.mul(s, v))
          s = v128.load32_splat(p2, 4)
          a2 = f32x4.add(a2, f32x4.mul(s, u))
          b2 = f32x4.add(b2, f32x4.mul(s, v))
          s = v128.load32_splat(p3, 4)
          a3 = f32x4.add(a3, f32x4.mul(s, u))
          b3 = f32x4.add(b3, f32x4.mul(s, v))
          u = v128.load(w, 64)
          v = v128.load(w, 80)
          s = v128.load32_splat(p0, 8)
          a0 = f32x4.add(a0, f32x4.mul(s, u))
          b0 = f32x4.add(b0, f32x4.mul(s, v))
          s = v128.load32_splat(p1, 8)
          a1 = f32x4.add(a1, f32x4.mul(s, u))
          b1 = f32x4.add(b1, f32x4.mul(s, v))
          s = v128.load32_splat(p2, 8)
          a2 = f32x4.add(a2, f32x4.mul(s, u))
          b2 = f32x4.add(b2, f32x4.mul(s, v))
          s = v128.load32_splat(p3, 8)
          a3 = f32x4.add(a3, f32x4.mul(s, u))
          b3 = f32x4.add(b3, f32x4.mul(s, v))
          u = v128.load(w, 96)
          v = v128.load(w, 112)
          s = v128.load32_splat(p0, 12)
          a0 = f32x4.add(a0, f32x4.mul(s, u))
          b0 = f32x4.add(b0, f32x4.mul(s, v))
          s = v128.load32_splat(p1, 12)
          a1 = f32x4.add(a1, f32x4.mul(s, u))
          b1 = f32x4.add(b1, f32x4.mul(s, v))
          s = v128.load32_splat(p2, 12)
          a2 = f32x4.add(a2, f32x4.mul(s, u))
          b2 = f32x4.add(b2, f32x4.mul(s, v))
          s = v128.load32_splat(p3, 12)
          a3 = f32x4.add(a3, f32x4.mul(s, u))
          b3 = f32x4.add(b3, f32x4.mul(s, v))
          w += 128
          p0 += 16
          p1 += 16
          p2 += 16
          p3 += 16
        }
        while (p0 < end) {
          const u = v128.load(w)
          const v = v128.load(w, 16)
          let s = v128.load32_splat(p0)
          a0 = f32x4.add(a0, f32x4.mul(s, u))
          b0 = f32x4.add(b0, f32x4.mul(s, v))
          s = v128.load32_splat(p1)
          a1 = f32x4.add(a1, f32x4.mul(s, u))
          b1 = f32x4.add(b1, f32x4.mul(s, v))
          s = v128.load32_splat(p2)
          a2 = f32x4.add(a2, f32x4.mul(s, u))
          b2 = f32x4.add(b2, f32x4.mul(s, v))
          s = v128.load32_splat(p3)
          a3 = f32x4.add(a3, f32x4.mul(s, u))
          b3 = f32x4.add(b3, f32x4.mul(s, v))
          w += 32
          p0 += 4
          p1 += 4
          p2 += 4
          p3 += 4
        }
      }
      v128.store(y0 + (o << 2), a0)
      v128.store(y0 + (o << 2), b0, 16)
      v128.store(y1 + (o << 2), a1)
      v128.store(y1 + (o << 2), b1, 16)
      v128.store(y2 + (o << 2), a2)
      v128.store(y2 + (o << 2), b2, 16)
      v128.store(y3 + (o << 2), a3)
      v128.store(y3 + (o << 2), b3, 16)
    }
    if (o < <u32>outputs4) {
      let a0 = v128.load((bias ? bias : y0) + (o << 2))
      let a1 = v128.load((bias ? bias : y1) + (o << 2))
      let a2 = v128.load((bias ? bias : y2) + (o << 2))
      let a3 = v128.load((bias ? bias : y3) + (o << 2))
      let w = panels + o * panel
      for (let row = 0; row < rows; row++) {
        let p0 = x0 + row * xRow
        const end = p0 + runBytes
        while (p0 < end) {
          const u = v128.load(w)
          a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(p0), u))
          a1 = f32x4.add(a1, f32x4.mul(v128.load32_splat(p0 + xStep), u))
          a2 = f32x4.add(a2, f32x4.mul(v128.load32_splat(p0 + 2 * xStep), u))
          a3 = f32x4.add(a3, f32x4.mul(v128.load32_splat(p0 + 3 * xStep), u))
          w += 16
          p0 += 4
        }
      }
      v128.store(y0 + (o << 2), a0)
      v128.store(y1 + (o << 2), a1)
      v128.store(y2 + (o << 2), a2)
      v128.store(y3 + (o << 2), a3)
    }
  }
  for (; i < count; i++) {
    const to = y + i * yStep
    let o: u32 = 0
    for (; o + 8 <= <u32>outputs4; o += 8) {
      let a = v128.load((bias ? bias : to) + (o << 2))
      let b = v128.load((bias ? bias : to) + (o << 2), 16)
      let w = panels + o * panel
      for (let row = 0; row < rows; row++) {
        let p = x + i * xStep + row * xRow
        const end = p + runBytes
        while (p < end) {
          const s = v128.load32_splat(p)
          a = f32x4.add(a, f32x4.mul(s, v128.load(w)))
          b = f32x4.add(b, f32x4.mul(s, v128.load(w, 16)))
          w += 32
          p += 4
        }
      }
      v128.store(to + (o << 2), a)
      v128.store(to + (o << 2), b, 16)
    }
    if (o < <u32>outputs4) {
      let a = v128.load((bias ? bias : to) + (o << 2))
      let w = panels + o * panel
      for (let row = 0; row < rows; row++) {
        let p = x + i * xStep + row * xRow
        const end = p + runBytes
        while (p < end) {
          a = f32x4.add(a, f32x4.mul(v128.load32_splat(p), v128.load(w)))
          w += 16
          p += 4
        }
      }
      v128.store(to + (o << 2), a)
    }
  }
}
