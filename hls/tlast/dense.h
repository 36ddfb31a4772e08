// dense: every output from every input. One call is one image.
#ifndef TLAST_DENSE_H
#define TLAST_DENSE_H

#include "tlast/linear.h"

namespace tlast {

// BEATS packs of inputs (NHWC order) in, FOLDS packs of sums out. weights [FOLDS][PE][BEATS][SIMD] are [out][in].
template <typename T, typename SUM, typename WEIGHT, int FOLDS, int PE, int BEATS, int SIMD>
void dense(hls::stream<pack<T, SIMD> >& in, hls::stream<pack<SUM, PE> >& sums,
           const WEIGHT (&weights)[FOLDS][PE][BEATS][SIMD], const SUM (&bias)[FOLDS][PE]) {
  linear<1>(in, sums, weights, bias);
}

}  // namespace tlast

#endif
