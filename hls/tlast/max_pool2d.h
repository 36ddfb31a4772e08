// max_pool2d: the largest of each PH x PW block, per channel. One call is one image.
//
// Blocks do not overlap; rows and columns that fill none are read and dropped. The maximum runs along a block's row in
// registers and from row to row in memory, so a slot of memory is met once in PW pixels.
#ifndef TLAST_MAX_POOL2D_H
#define TLAST_MAX_POOL2D_H

#include "tlast/types.h"

namespace tlast {

template <int N, typename T>
pack<T, N> larger(const pack<T, N>& a, const pack<T, N>& b) {
#pragma HLS INLINE
  pack<T, N> out;
  for (int i = 0; i < N; ++i) {
#pragma HLS UNROLL
    out.at[i] = a.at[i] > b.at[i] ? a.at[i] : b.at[i];
  }
  return out;
}

template <typename T, int N, int HEIGHT, int WIDTH, int C, int PH, int PW>
void max_pool2d(hls::stream<pack<T, N> >& in, hls::stream<pack<T, N> >& out) {
  const int LOADS = C / N;
  const int BLOCKS = WIDTH / PW;
  static_assert(C % N == 0, "a pixel is a whole number of packs");

  pack<T, N> across[LOADS];
#pragma HLS ARRAY_PARTITION variable=across complete dim=0
  pack<T, N> down[BLOCKS][LOADS];
#pragma HLS ARRAY_PARTITION variable=down complete dim=2

  int load = 0, px = 0, py = 0, block = 0, row = 0;
  for (int step = 0; step < HEIGHT * WIDTH * LOADS; ++step) {
#pragma HLS PIPELINE II=1
    pack<T, N> best = in.read();
    if (block < BLOCKS && row < HEIGHT / PH) {
      if (px > 0) best = larger<N>(best, across[load]);
      across[load] = best;
      if (px == PW - 1) {
        if (py > 0) best = larger<N>(best, down[block][load]);
        down[block][load] = best;
        if (py == PH - 1) out.write(best);
      }
    }

    if (load < LOADS - 1) {
      ++load;
      continue;
    }
    load = 0;
    if (block * PW + px == WIDTH - 1) {  // the row ends, perhaps within a block
      px = 0;
      block = 0;
      row = py == PH - 1 ? row + 1 : row;
      py = py == PH - 1 ? 0 : py + 1;
    } else {
      block = px == PW - 1 ? block + 1 : block;
      px = px == PW - 1 ? 0 : px + 1;
    }
  }
}

}  // namespace tlast

#endif
