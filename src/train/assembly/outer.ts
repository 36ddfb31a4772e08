/**
 * sums[element][8 outputs] += x * dz over rows x columns places, for 4 elements of a window at x0 .. x3. dz is that of 8
 * outputs. Each sum is taken in the order of the places.
 */
function four8(x0: u32, x1: u32, x2: u32, x3: u32, xStep: u32, xRow: u32, dz: u32, dzStep: u32, dzRow: u32, rows: i32, columns: i32, sums: u32): void {
  let a0 = v128.load(sums)
  let b0 = v128.load(sums, 16)
  let a1 = v128.load(sums, 32)
  let b1 = v128.load(sums, 48)
  let a2 = v128.load(sums, 64)
  let b2 = v128.load(sums, 80)
  let a3 = v128.load(sums, 96)
  let b3 = v128.load(sums, 112)
  for (let row = 0; row < rows; row++) {
    let p0 = x0
    let p1 = x1
    let p2 = x2
    let p3 = x3
    let g = dz
    const end = g + columns * dzStep
    while (g < end) {
      const u = v128.load(g)
      const v = v128.load(g, 16)
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
      g += dzStep
      p0 += xStep
      p1 += xStep
      p2 += xStep
      p3 += xStep
    }
    dz += dzRow
    x0 += xRow
    x1 += xRow
    x2 += xRow
    x3 += xRow
  }
  v128.store(sums, a0)
  v128.store(sums, b0, 16)
  v128.store(sums, a1, 32)
  v128.store(sums, b1, 48)
  v128.store(sums, a2, 64)
  v128.store(sums, b2, 80)
  v128.store(sums, a3, 96)
  v128.store(sums, b3, 112)
}

/** One element, a panel of 8 outputs or (wide 0) of 4. */
function one(x: u32, xStep: u32, xRow: u32, dz: u32, dzStep: u32, dzRow: u32, rows: i32, columns: i32, sums: u32, wide: i32): void {
  let a = v128.load(sums)
  let b = f32x4.splat(0)
  if (wide) b = v128.load(sums, 16)
  for (let row = 0; row < rows; row++) {
    let p = x + row * xRow
    let g = dz + row * dzRow
    const end = g + columns * dzStep
    if (wide) {
      while (g < end) {
        const s = v128.load32_splat(p)
        a = f32x4.add(a, f32x4.mul(s, v128.load(g)))
        b = f32x4.add(b, f32x4.mul(s, v128.load(g, 16)))
        g += dzStep
        p += xStep
      }
    } else {
      while (g < end) {
        a = f32x4.add(a, f32x4.mul(v128.load32_splat(p), v128.load(g)))
        g += dzStep
        p += xStep
      }
    }
  }
  v128.store(sums, a)
  if (wide) v128.store(sums, b, 16)
}

/** Four elements, a panel of 4 outputs. */
function four4(x0: u32, x1: u32, x2: u32, x3: u32, xStep: u32, xRow: u32, dz: u32, dzStep: u32, dzRow: u32, rows: i32, columns: i32, sums: u32): void {
  let a0 = v128.load(sums)
  let a1 = v128.load(sums, 16)
  let a2 = v128.load(sums, 32)
  let a3 = v128.load(sums, 48)
  for (let row = 0; row < rows; row++) {
    let at: u32 = row * xRow
    let g = dz + row * dzRow
    const end = g + columns * dzStep
    while (g < end) {
      const u = v128.load(g)
      a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(x0 + at), u))
      a1 = f32x4.add(a1, f32x4.mul(v128.load32_splat(x1 + at), u))
      a2 = f32x4.add(a2, f32x4.mul(v128.load32_splat(x2 + at), u))
      a3 = f32x4.add(a3, f32x4.mul(v128.load32_splat(x3 + at), u))
      g += dzStep
      at += xStep
    }
  }
  v128.store(sums, a0)
  v128.store(sums, a1, 16)
  v128.store(sums, a2, 32)
  v128.store(sums, a3, 48)
}

/**
 * The gradient of weights: sums[panel][element][outputs of the panel] += x[window of the place + element] * dz[place], over
 * rows x columns places. A window is kernelRows rows (kernelRow bytes apart) of run elements.
 */
export function outer(x: u32, xStep: u32, xRow: u32, kernelRow: u32, kernelRows: i32, run: i32, dz: u32, dzStep: u32, dzRow: u32, rows: i32, columns: i32, sums: u32, outputs4: i32): void {
  const elements = kernelRows * run
  let row = 0
  let i = 0
  let e = 0
  for (; e + 4 <= elements; e += 4) {
    let x0: u32 = 0
    let x1: u32 = 0
    let x2: u32 = 0
    let x3: u32 = 0
    for (let k = 0; k < 4; k++) {
      x0 = x1
      x1 = x2
      x2 = x3
      x3 = x + row * kernelRow + (i << 2)
      if (++i == run) {
        i = 0
        row++
      }
    }
    let o = 0
    for (; o + 8 <= outputs4; o += 8) {
      four8(x0, x1, x2, x3, xStep, xRow, dz + (o << 2), dzStep, dzRow, rows, columns, sums + ((o * elements + e * 8) << 2))
    }
    if (o < outputs4) {
      four4(x0, x1, x2, x3, xStep, xRow, dz + (o << 2), dzStep, dzRow, rows, columns, sums + ((o * elements + e * 4) << 2))
    }
  }
  for (; e < elements; e++) {
    const at = x + row * kernelRow + (i << 2)
    if (++i == run) {
      i = 0
      row++
    }
    let o = 0
    for (; o + 8 <= outputs4; o += 8) {
      one(at, xStep, xRow, dz + (o << 2), dzStep, dzRow, rows, columns, sums + ((o * elements + e * 8) << 2), 1)
    }
    if (o < outputs4) {
      one(at, xStep, xRow, dz + (o << 2), dzStep, dzRow, rows, columns, sums + ((o * elements + e * 4) << 2), 0)
    }
  }
}
