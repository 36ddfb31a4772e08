/**
 * down x across windows of rows x run elements: y = bias + sum of x * weights, or y += it where bias is 0. Windows and their
 * outputs are *Step bytes apart across, *Next down. Weights are panels of 8 outputs, and of 4 where outputs4 is no multiple
 * of 8: [panel][row][run][outputs of the panel]. Each sum is taken in the order of the elements.
 */
export function area(x: u32, xStep: u32, xNext: u32, across: i32, down: i32, xRow: u32, rows: i32, run: i32, panels: u32, bias: u32, outputs4: i32, y: u32, yStep: u32, yNext: u32): void {
  const panel: u32 = (rows * run) << 2
  const runBytes: u32 = run << 2
  const count = across * down
  let column = 0
  let x3 = x
  let y3 = y
  for (let i = 0; i < count; i += 4) {
    // Blocks of 4 windows; where fewer are left, the last of them is computed again.
    let x0: u32 = x3
    let x1: u32 = x3
    let x2: u32 = x3
    let y0: u32 = y3
    let y1: u32 = y3
    let y2: u32 = y3
    for (let k = 0; k < 4; k++) {
      if (i + k < count) {
        x3 = x + column * xStep
        y3 = y + column * yStep
        if (++column == across) {
          column = 0
          x += xNext
          y += yNext
        }
      }
      if (k == 0) {
        x0 = x3
        y0 = y3
      } else if (k == 1) {
        x1 = x3
        y1 = y3
      } else if (k == 2) {
        x2 = x3
        y2 = y3
      }
    }
    let o: u32 = 0
    for (; o + 8 <= <u32>outputs4; o += 8) {
      const from = o << 2
      let a0 = v128.load((bias ? bias : y0) + from)
      let b0 = v128.load((bias ? bias : y0) + from, 16)
      let a1 = v128.load((bias ? bias : y1) + from)
      let b1 = v128.load((bias ? bias : y1) + from, 16)
      let a2 = v128.load((bias ? bias : y2) + from)
      let b2 = v128.load((bias ? bias : y2) + from, 16)
      let a3 = v128.load((bias ? bias : y3) + from)
      let b3 = v128.load((bias ? bias : y3) + from, 16)
      let w = panels + o * panel
      for (let row = 0; row < rows; row++) {
        const at: u32 = row * xRow
        let p0 = x0 + at
        let p1 = x1 + at
        let p2 = x2 + at
        let p3 = x3 + at
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
      v128.store(y0 + from, a0)
      v128.store(y0 + from, b0, 16)
      v128.store(y1 + from, a1)
      v128.store(y1 + from, b1, 16)
      v128.store(y2 + from, a2)
      v128.store(y2 + from, b2, 16)
      v128.store(y3 + from, a3)
      v128.store(y3 + from, b3, 16)
    }
    if (o == <u32>outputs4) continue
    const from = o << 2
    let a0 = v128.load((bias ? bias : y0) + from)
    let a1 = v128.load((bias ? bias : y1) + from)
    let a2 = v128.load((bias ? bias : y2) + from)
    let a3 = v128.load((bias ? bias : y3) + from)
    let w = panels + o * panel
    for (let row = 0; row < rows; row++) {
      const at: u32 = row * xRow
      let p0 = x0 + at
      let p1 = x1 + at
      let p2 = x2 + at
      let p3 = x3 + at
      const end = p0 + runBytes
      while (p0 < end) {
        const u = v128.load(w)
        a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(p0), u))
        a1 = f32x4.add(a1, f32x4.mul(v128.load32_splat(p1), u))
        a2 = f32x4.add(a2, f32x4.mul(v128.load32_splat(p2), u))
        a3 = f32x4.add(a3, f32x4.mul(v128.load32_splat(p3), u))
        w += 16
        p0 += 4
        p1 += 4
        p2 += 4
        p3 += 4
      }
    }
    v128.store(y0 + from, a0)
    v128.store(y1 + from, a1)
    v128.store(y2 + from, a2)
    v128.store(y3 + from, a3)
  }
}
