// window: the patches of a valid convolution (stride 1), row by row. One call is one image.
//
//            KH - 1 rows in memory          patch, in registers
//   in --+--> [ row y-1 ] --+--------------> [ ky 1 |  |  | < ]
//        |    [ row y-2 ] <-+ --+----------> [ ky 0 |  |  | < ]     each row of the patch shifts left as the
//        +-----------------------+---------> [ ky 2 |  |  | < ]     column above the new pixel enters on the right
//
// A patch of KH * KW * C elements leaves in beats of SIMD, in the order of the weights, [ky][kx][in]. A pixel takes
// C / N steps, and one that completes a patch as many more as the patch has further beats.
#ifndef TLAST_WINDOW_H
#define TLAST_WINDOW_H

#include "tlast/types.h"

namespace tlast {

template <typename T, int N, int SIMD, int HEIGHT, int WIDTH, int C, int KH, int KW>
void window(hls::stream<pack<T, N> >& in, hls::stream<pack<T, SIMD> >& patches) {
  const int LOADS = C / N;
  const int ROW = KW * C;
  const int BEATS = KH * ROW / SIMD;
  const int PATCHES = (HEIGHT - KH + 1) * (WIDTH - KW + 1);
  static_assert(C % N == 0, "a pixel is a whole number of packs");
  static_assert(KH * ROW % SIMD == 0, "a patch is a whole number of beats");
  static_assert(KH == 1 || WIDTH * LOADS >= 4, "a row's slot is read again only after it was written: see DEPENDENCE");

  pack<T, N> rows[KH > 1 ? KH - 1 : 1][WIDTH * LOADS];
#pragma HLS ARRAY_PARTITION variable=rows complete dim=1
#pragma HLS BIND_STORAGE variable=rows type=ram_2p
// Each slot is read, rewritten, and left alone for a whole row, so one iteration never waits for another.
#pragma HLS DEPENDENCE variable=rows inter false
  T patch[KH][ROW];
#pragma HLS ARRAY_PARTITION variable=patch complete dim=0

  int x = 0, y = 0, load = 0, slot = 0, beat = 0;
  for (int step = 0; step < HEIGHT * WIDTH * LOADS + PATCHES * (BEATS - 1); ++step) {
#pragma HLS PIPELINE II=1
    if (beat == 0) {
      const pack<T, N> fresh = in.read();
      for (int ky = 0; ky < KH; ++ky) {
#pragma HLS UNROLL
        const pack<T, N> entering = ky == KH - 1 ? fresh : rows[ky][slot];
        if (ky > 0) rows[ky - 1][slot] = entering;
        for (int i = 0; i < ROW; ++i) {
#pragma HLS UNROLL
          patch[ky][i] = i < ROW - N ? patch[ky][i + N < ROW ? i + N : i] : entering.at[i + N - ROW];
        }
      }
    }

    const bool complete = y >= KH - 1 && x >= KW - 1 && load == LOADS - 1;
    if (complete) {
      pack<T, SIMD> out;
      for (int s = 0; s < SIMD; ++s) {
#pragma HLS UNROLL
        const int tap = beat * SIMD + s;
        out.at[s] = patch[tap / ROW][tap % ROW];
      }
      patches.write(out);
    }

    if (complete && beat < BEATS - 1) {
      ++beat;
      continue;
    }
    beat = 0;
    slot = slot == WIDTH * LOADS - 1 ? 0 : slot + 1;
    load = load == LOADS - 1 ? 0 : load + 1;
    if (load == 0) x = x == WIDTH - 1 ? 0 : x + 1;
    if (load == 0 && x == 0) ++y;
  }
}

}  // namespace tlast

#endif
