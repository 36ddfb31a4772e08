// slave: the s_axis port of `raw` packets. One call is one image.
//
//   beat of LANES elements, BITS bits each, lane 0 low  ->  LANES / N packs of N elements, N dividing the channels
//
// TLAST alone delimits packets. An image that it cuts short, by any number of elements, is padded with zeros and
// answered: the receiving DMA waits for a TLAST, and would hang for want of it. Input TKEEP counts on that beat only.
#ifndef TLAST_SLAVE_H
#define TLAST_SLAVE_H

#include "tlast/types.h"

namespace tlast {

// pixels        ELEMENTS / N packs an image
// ends_packet   one flag an image, after its last pixel: did it receive TLAST?
// short_images  images padded since reset, modulo 2^16; may stay unconnected
template <typename T, int DATA, int BITS, int LANES, int N, int ELEMENTS>
void slave(hls::stream<ap_axiu<DATA, 0, 0, 0> >& s_axis, hls::stream<pack<T, N> >& pixels,
           hls::stream<bool>& ends_packet, ap_uint<16>& short_images) {
  static_assert(LANES * BITS <= DATA, "the lanes fit the beat");
  static_assert(LANES % N == 0, "a beat holds whole packs");
  static_assert(ELEMENTS % LANES == 0, "an image is a whole number of beats");

  static ap_uint<16> short_count = 0;
  ap_uint<DATA> data = 0;
  ap_uint<LANES> kept = 0;
  bool last = false;
  bool is_short = false;
  int lane = 0;

  for (int element = 0; element < ELEMENTS; element += N) {
#pragma HLS PIPELINE II=1
    if (lane == 0) {
      // After TLAST nothing is read: what follows is the next packet's.
      const bool ended = last;
      ap_axiu<DATA, 0, 0, 0> beat;
      if (!ended) {
        beat = s_axis.read();
        data = beat.data;
        last = beat.last;
      }
      for (int i = 0; i < LANES; ++i) {
#pragma HLS UNROLL
        kept[i] = !ended && (!last || beat.keep[i * BITS / 8]);
      }
    }

    pack<T, N> out;
    for (int i = 0; i < N; ++i) {
#pragma HLS UNROLL
      const ap_uint<BITS> bits = data.range(BITS * i + BITS - 1, BITS * i);
      out.at[i] = kept[i] ? T(bits) : T(0);
      if (!kept[i]) is_short = true;
    }
    pixels.write(out);

    // Shifting the beat down costs less than choosing among its lanes.
    data >>= LANES > N ? BITS * N : 0;
    kept >>= LANES > N ? N : 0;
    lane = lane + N == LANES ? 0 : lane + N;
  }

  ends_packet.write(last);
  if (is_short) ++short_count;
  short_images = short_count;
}

}  // namespace tlast

#endif
