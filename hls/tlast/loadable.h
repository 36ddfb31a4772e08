// loadable: weights, biases and shifts that arrive over the stream. A layer calls these before each image.
//
// Each takes one word, 1 if a load follows and 0 if not, then the words of the load in the order of the packet. So a
// load waits until the images before it have left the layer, and no image meets half of it.
#ifndef TLAST_LOADABLE_H
#define TLAST_LOADABLE_H

#include "tlast/packets.h"

namespace tlast {

// [out][ky][kx][in], one weight a word.
template <typename WEIGHT, int FOLDS, int PE, int BEATS, int SIMD>
void load_weights(hls::stream<word>& loads, WEIGHT (&weights)[FOLDS][PE][BEATS][SIMD]) {
#pragma HLS INLINE
  if (loads.read() == 0) return;
  for (int fold = 0; fold < FOLDS; ++fold)
    for (int p = 0; p < PE; ++p)
      for (int beat = 0; beat < BEATS; ++beat)
        for (int s = 0; s < SIMD; ++s) {
#pragma HLS PIPELINE II=1
          weights[fold][p][beat][s] = WEIGHT(loads.read());
        }
}

// Two words a bias, low half first.
template <typename SUM, int FOLDS, int PE>
void load_biases(hls::stream<word>& loads, SUM (&bias)[FOLDS][PE]) {
#pragma HLS INLINE
  if (loads.read() == 0) return;
  for (int fold = 0; fold < FOLDS; ++fold)
    for (int p = 0; p < PE; ++p) {
#pragma HLS PIPELINE II=2
      const ap_uint<32> low = loads.read();
      const ap_uint<32> high = loads.read();
      bias[fold][p] = ap_int<32>((high << 16) | low);
    }
}

// One word: the shift of every channel.
template <int FOLDS, int PE>
void load_shift(hls::stream<word>& loads, ap_uint<5> (&shifts)[FOLDS][PE]) {
#pragma HLS INLINE
  if (loads.read() == 0) return;
  const ap_uint<5> shift = loads.read();
  for (int fold = 0; fold < FOLDS; ++fold)
    for (int p = 0; p < PE; ++p) {
#pragma HLS PIPELINE II=1
      shifts[fold][p] = shift;
    }
}

}  // namespace tlast

#endif
