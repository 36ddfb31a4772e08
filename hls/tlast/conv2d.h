// conv2d: a linear layer over every patch that `window` cuts out. One call is one image.
#ifndef TLAST_CONV2D_H
#define TLAST_CONV2D_H

#include "tlast/linear.h"

namespace tlast {

// PATCHES patches of BEATS packs in, PATCHES x FOLDS packs of sums out. weights [FOLDS][PE][BEATS][SIMD] are
// [out][ky][kx][in]; the folding is the shape of the array, and nothing else.
template <int PATCHES, typename T, typename SUM, typename WEIGHT, int FOLDS, int PE, int BEATS, int SIMD>
void conv2d(hls::stream<pack<T, SIMD> >& patches, hls::stream<pack<SUM, PE> >& sums,
            const WEIGHT (&weights)[FOLDS][PE][BEATS][SIMD], const SUM (&bias)[FOLDS][PE]) {
  linear<PATCHES>(patches, sums, weights, bias);
}

}  // namespace tlast

#endif
