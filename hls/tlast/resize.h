// resize: the same elements in packs of another size, for a layer that takes more or fewer a step than the one before
// it gives. One call is one image; one of the sizes divides the other.
#ifndef TLAST_RESIZE_H
#define TLAST_RESIZE_H

#include "tlast/types.h"

namespace tlast {

template <int ELEMENTS, typename T, int FROM, int TO>
void resize(hls::stream<pack<T, FROM> >& in, hls::stream<pack<T, TO> >& out) {
  const int SMALL = FROM < TO ? FROM : TO;
  const int LARGE = FROM < TO ? TO : FROM;
  static_assert(LARGE % SMALL == 0, "one pack is a whole number of the others");
  static_assert(ELEMENTS % LARGE == 0, "an image is a whole number of packs");

  T held[LARGE];
#pragma HLS ARRAY_PARTITION variable=held complete dim=0
  int part = 0;
  for (int element = 0; element < ELEMENTS; element += SMALL) {
#pragma HLS PIPELINE II=1
    // The small pack is the front of `held` when splitting, and its back when gathering; `held` shifts by one small pack.
    if (FROM > TO && part == 0) {
      const pack<T, FROM> fresh = in.read();
      for (int i = 0; i < FROM; ++i) held[i] = fresh.at[i];
    } else {
      for (int i = 0; i + SMALL < LARGE; ++i) held[i] = held[i + SMALL];
    }
    if (FROM <= TO) {
      const pack<T, FROM> fresh = in.read();
      for (int i = 0; i < FROM; ++i) held[LARGE - SMALL + i < LARGE ? LARGE - SMALL + i : 0] = fresh.at[i];
    }
    if (FROM > TO || part == LARGE / SMALL - 1) {
      pack<T, TO> ready;
      for (int i = 0; i < TO; ++i) ready.at[i] = held[i < LARGE ? i : 0];
      out.write(ready);
    }
    part = part == LARGE / SMALL - 1 ? 0 : part + 1;
  }
}

}  // namespace tlast

#endif
