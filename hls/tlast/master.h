// master: the m_axis port of `raw` packets. One call is one image.
//
//   OUTPUTS results in packs of N  ->  a 32-bit beat each, sign-extended (or one beat: the class of the largest)
//
// TKEEP is all ones; TLAST leaves with the last result of the image that received it, and with no other.
#ifndef TLAST_MASTER_H
#define TLAST_MASTER_H

#include "tlast/types.h"

namespace tlast {

typedef ap_axiu<32, 0, 0, 0> result_beat;

inline result_beat result(ap_int<32> value, bool last) {
#pragma HLS INLINE
  result_beat beat;
  beat.data = value;
  beat.keep = -1;
  beat.strb = -1;
  beat.last = last;
  return beat;
}

template <typename T, int N, int OUTPUTS>
void master(hls::stream<pack<T, N> >& results, hls::stream<bool>& ends_packet, hls::stream<result_beat>& m_axis) {
  static_assert(OUTPUTS % N == 0, "an image's results are whole packs");
  pack<T, N> held;
  bool last = false;
  int next = N;
  for (int output = 0; output < OUTPUTS; ++output) {
#pragma HLS PIPELINE II=1
    if (next == N) {
      held = results.read();
      next = 0;
    }
    // Read as late as possible: the flag is written after the image's last pixel.
    if (output == OUTPUTS - 1) last = ends_packet.read();
    m_axis.write(result(ap_int<32>(held.at[next]), last));
    ++next;
  }
}

// Only the number of the largest result; in a tie the lowest.
template <typename T, int N, int OUTPUTS>
void master_class(hls::stream<pack<T, N> >& results, hls::stream<bool>& ends_packet, hls::stream<result_beat>& m_axis) {
  static_assert(OUTPUTS % N == 0, "an image's results are whole packs");
  pack<T, N> held;
  T best = 0;
  int winner = 0;
  int next = N;
  for (int output = 0; output < OUTPUTS; ++output) {
#pragma HLS PIPELINE II=1
    if (next == N) {
      held = results.read();
      next = 0;
    }
    if (output == 0 || held.at[next] > best) {
      best = held.at[next];
      winner = output;
    }
    ++next;
  }
  m_axis.write(result(winner, ends_packet.read()));
}

}  // namespace tlast

#endif
