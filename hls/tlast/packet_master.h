// packet_master: the m_axis port of `header` packets. It sends what packet_slave's notes say, and decides nothing.
//
// Results are 16 bits (a word) or 32 (two, low half first). A network with one 16-bit output sends a word 0 after it, so
// that no broken answer has the length of a good one. TKEEP is all ones.
#ifndef TLAST_PACKET_MASTER_H
#define TLAST_PACKET_MASTER_H

#include "tlast/packets.h"

namespace tlast {

inline void send(hls::stream<packet_beat>& m_axis, word value, bool last) {
#pragma HLS INLINE
  packet_beat beat;
  beat.data = value;
  beat.keep = -1;
  beat.strb = -1;
  beat.last = last;
  m_axis.write(beat);
}

// One call is one image and the words around it.
template <int BITS, typename T, int N, int OUTPUTS>
void packet_master(hls::stream<pack<T, N> >& results, hls::stream<note>& notes, hls::stream<packet_beat>& m_axis) {
  static_assert(BITS == 16 || BITS == 32, "a result is one word or two");
  static_assert(OUTPUTS % N == 0, "an image's results are whole packs");
  const int PER_RESULT = BITS / 16;
  const int RESULTS = OUTPUTS * PER_RESULT;
  const int WORDS = RESULTS < 2 ? 2 : RESULTS;

  note now;
  do {
    now = notes.read();
    if (now.kind == SEND_WORD) {
      send(m_axis, now.value, now.last);
      continue;
    }
    pack<T, N> held;
    int next = N, half = 0;
    for (int i = 0; i < WORDS; ++i) {
#pragma HLS PIPELINE II=1
      word value = 0;
      if (i < RESULTS) {
        if (next == N) {
          held = results.read();
          next = 0;
        }
        const ap_int<32> wide = held.at[next];
        value = half == 0 ? wide.range(15, 0) : wide.range(31, 16);
        if (half == PER_RESULT - 1) ++next;
        half = half == PER_RESULT - 1 ? 0 : half + 1;
      }
      if (now.kind == SEND_IMAGE) send(m_axis, value, now.last && i == WORDS - 1);
    }
  } while (!now.end);
}

}  // namespace tlast

#endif
