// What every layer shares: the packs its streams carry, and the ends of a number format.
#ifndef TLAST_TYPES_H
#define TLAST_TYPES_H

#include "ap_axi_sdata.h"
#include "ap_int.h"
#include "hls_stream.h"

namespace tlast {

// N neighbouring elements of a tensor (NHWC order) that travel together. Between layers there are only packs of plain
// numbers: data, keep and last exist at the two ports, and nowhere else.
template <typename T, int N>
struct pack {
  T at[N];
};

// A weight of BITS bits, 8 at most. C simulation takes the C type that holds it: constants fit it just as well, and long
// arrays of ap_int take g++ minutes to compile.
template <int BITS>
struct weight {
#ifdef __SYNTHESIS__
  typedef ap_int<BITS> type;
#else
  typedef signed char type;
#endif
};

// Largest and smallest integer of a type.
template <typename T>
struct ends;

template <int BITS>
struct ends<ap_int<BITS> > {
  static ap_int<34> smallest() { return -(ap_int<34>(1) << (BITS - 1)); }
  static ap_int<34> largest() { return (ap_int<34>(1) << (BITS - 1)) - 1; }
};

template <int BITS>
struct ends<ap_uint<BITS> > {
  static ap_int<34> smallest() { return 0; }
  static ap_int<34> largest() { return (ap_int<34>(1) << BITS) - 1; }
};

}  // namespace tlast

#endif
