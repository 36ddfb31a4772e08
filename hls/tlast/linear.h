// linear: weights times inputs, PE x SIMD multipliers wide. What conv2d and dense have in common.
//
// An input vector arrives in BEATS packs of SIMD elements. Each beat meets all PE * FOLDS outputs before the next one
// is read, FOLDS steps of PE outputs, so inputs are never stored. The sums leave with the vector's last beat.
//
//   steps a vector = BEATS * FOLDS,  multipliers = PE * SIMD
#ifndef TLAST_LINEAR_H
#define TLAST_LINEAR_H

#include "tlast/types.h"

namespace tlast {

// SUM holds the worst case of every output: no partial sum overflows. weights are [out][tap] and bias [out], with out
// split in FOLDS x PE and tap in BEATS x SIMD; the split dimensions are banks, so that a step reads PE x SIMD weights.
template <int VECTORS, typename T, typename SUM, typename WEIGHT, int FOLDS, int PE, int BEATS, int SIMD>
void linear(hls::stream<pack<T, SIMD> >& in, hls::stream<pack<SUM, PE> >& sums,
            const WEIGHT (&weights)[FOLDS][PE][BEATS][SIMD], const SUM (&bias)[FOLDS][PE]) {
#pragma HLS INLINE
#pragma HLS ARRAY_PARTITION variable=weights complete dim=2
#pragma HLS ARRAY_PARTITION variable=weights complete dim=4
#pragma HLS ARRAY_PARTITION variable=bias complete dim=2

  SUM partial[FOLDS][PE];
#pragma HLS ARRAY_PARTITION variable=partial complete dim=0
  pack<T, SIMD> x;
  int beat = 0, fold = 0;
  for (int step = 0; step < VECTORS * BEATS * FOLDS; ++step) {
#pragma HLS PIPELINE II=1
    if (fold == 0) x = in.read();

    pack<SUM, PE> out;
    for (int p = 0; p < PE; ++p) {
#pragma HLS UNROLL
      SUM sum = beat == 0 ? bias[fold][p] : partial[fold][p];
      for (int s = 0; s < SIMD; ++s) {
#pragma HLS UNROLL
        sum += weights[fold][p][beat][s] * x.at[s];
      }
      partial[fold][p] = sum;
      out.at[p] = sum;
    }
    if (beat == BEATS - 1) sums.write(out);

    if (fold < FOLDS - 1) {
      ++fold;
    } else {
      fold = 0;
      beat = beat == BEATS - 1 ? 0 : beat + 1;
    }
  }
}

}  // namespace tlast

#endif
