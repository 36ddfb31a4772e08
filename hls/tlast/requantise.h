// requantise: from accumulators to the next layer's numbers. One call is one image.
//
//   value = overflow(relu(round(sum * 2^-shift)))        a shift per output channel
//
// The same integers as src/golden/requantise.ts, written independently of it: there in quotients, here in bits.
#ifndef TLAST_REQUANTISE_H
#define TLAST_REQUANTISE_H

#include "tlast/types.h"

namespace tlast {

// FLOOR is AP_TRN, HALF_UP is AP_RND, HALF_EVEN is AP_RND_CONV. LiteRT's reference kernels round twice in convolutions
// (halves up, then half away from zero), and half away from zero once in dense layers.
enum rounding { FLOOR, HALF_UP, HALF_EVEN, TFLITE_CONV, TFLITE_DENSE };
// SATURATE is AP_SAT, WRAP is AP_WRAP.
enum overflow { SATURATE, WRAP };

// Two bits wider than any accumulator: adding a half never overflows.
typedef ap_int<34> wide;

inline wide half_away(wide value, ap_uint<5> shift) {
#pragma HLS INLINE
  if (shift == 0) return value;
  const wide half = wide(1) << (shift - 1);
  return (value + half - (value < 0 ? 1 : 0)) >> shift;
}

template <rounding MODE>
wide round_shift(wide value, ap_uint<5> shift) {
#pragma HLS INLINE
  if (shift == 0) return value;
  const wide half = wide(1) << (shift - 1);
  switch (MODE) {
    case FLOOR:
      return value >> shift;
    case HALF_UP:
      return (value + half) >> shift;
    case HALF_EVEN: {
      // Just below a tie unless the kept part is odd: then the tie goes up.
      const bool odd = (value >> shift) & 1;
      return (value + half - (odd ? 0 : 1)) >> shift;
    }
    case TFLITE_CONV:
      return half_away((value + 1) >> 1, shift - 1);
    default:
      return half_away(value, shift);
  }
}

template <typename T, rounding ROUNDING, bool RELU, overflow OVERFLOW>
T requantised(wide sum, ap_uint<5> shift) {
#pragma HLS INLINE
  wide value = round_shift<ROUNDING>(sum, shift);
  if (RELU && value < 0) value = 0;
  if (OVERFLOW == SATURATE) {
    if (value > ends<T>::largest()) value = ends<T>::largest();
    if (value < ends<T>::smallest()) value = ends<T>::smallest();
  }
  return T(value);  // keeps the low bits: WRAP
}

// VECTORS x FOLDS packs of sums in, as many packs of values out. shifts are [out], split as in linear.h.
template <int VECTORS, rounding ROUNDING, bool RELU, overflow OVERFLOW, typename SUM, typename T, int FOLDS, int PE>
void requantise(hls::stream<pack<SUM, PE> >& sums, hls::stream<pack<T, PE> >& values,
                const ap_uint<5> (&shifts)[FOLDS][PE]) {
#pragma HLS ARRAY_PARTITION variable=shifts complete dim=2
  int fold = 0;
  for (int step = 0; step < VECTORS * FOLDS; ++step) {
#pragma HLS PIPELINE II=1
    const pack<SUM, PE> sum = sums.read();
    pack<T, PE> value;
    for (int p = 0; p < PE; ++p) {
#pragma HLS UNROLL
      value.at[p] = requantised<T, ROUNDING, RELU, OVERFLOW>(sum.at[p], shifts[fold][p]);
    }
    values.write(value);
    fold = fold == FOLDS - 1 ? 0 : fold + 1;
  }
}

}  // namespace tlast

#endif
