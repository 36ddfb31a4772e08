// Stand-in for Vitis HLS's ap_axi_sdata.h: a beat of AXI4-Stream without user, id and dest. For simulation on a host.
#ifndef TLAST_HOST_AP_AXI_SDATA_H
#define TLAST_HOST_AP_AXI_SDATA_H

#include "ap_int.h"

template <int DATA, int USER, int ID, int DEST>
struct ap_axiu {
  static_assert(USER == 0 && ID == 0 && DEST == 0, "this stand-in has data, keep, strb and last only");
  ap_uint<DATA> data;
  ap_uint<(DATA + 7) / 8> keep;
  ap_uint<(DATA + 7) / 8> strb;
  ap_uint<1> last;
  ap_axiu() : data(0), keep(0), strb(0), last(0) {}
};

#endif
