// Runs vectors through the bounded-stream form of a top and reports: what verify includes after the rewritten top.
// Every line it prints on stdout starts with a word that src/verify/hls-bounded.ts knows.
#ifndef TLAST_HOST_BOUNDED_MAIN_H
#define TLAST_HOST_BOUNDED_MAIN_H

#include "tlast/test_bench.h"

namespace tlast {

// `top` adds its processes; their bodies run for ever and are unwound when nobody can go on.
template <int IN_BITS, int OUT_BITS, typename TOP>
int run_bounded(const char* in_path, const char* out_path, TOP top) {
  const std::vector<beat> in = read_beats(in_path, (IN_BITS + 7) / 8);
  const std::vector<beat> expected = read_beats(out_path, (OUT_BITS + 7) / 8);
  hls::stream<ap_axiu<IN_BITS, 0, 0, 0> > s_axis("s_axis");
  hls::stream<ap_axiu<OUT_BITS, 0, 0, 0> > m_axis("m_axis");
  hls::scheduler& all = hls::scheduler::get();
  std::size_t wrong = 0;
  std::vector<long> packet_ends;

  all.add("source", {&s_axis}, [&] {
    for (const beat& one : in) {
      hls::cycle(1);
      s_axis.write(to_axi<IN_BITS>(one));
    }
  });
  all.add("sink", {&m_axis}, [&] {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      hls::cycle(1);
      if (!same(expected[i], from_axi<OUT_BITS>(m_axis.read()), i)) ++wrong;
      packet_ends.push_back(all.self().now);
    }
  });
  const bool whole = top(s_axis, m_axis);

  for (const hls::fifo* one : all.fifos())
    std::printf("FIFO %s emitted %zu needed %zu peak %zu waited %ld left %zu\n", one->name.c_str(), one->emitted,
                one->depth, hls::peak(*one), one->waited, one->inside());
  for (const auto& one : all.processes())
    if (!one->done && !whole)
      std::printf("WAITS %s %s %s\n", one->name.c_str(), one->writing != nullptr ? "writing" : "reading",
                  one->writing != nullptr ? one->writing->name.c_str()
                  : one->reading != nullptr ? one->reading->name.c_str() : "-");
  if (!packet_ends.empty()) std::printf("TIME first %ld last %ld\n", packet_ends.front(), packet_ends.back());
  std::printf("BEATS expected %zu wrong %zu extra %zu unread %zu whole %d\n", expected.size(), wrong, m_axis.inside(),
              s_axis.inside(), whole ? 1 : 0);
  return whole && wrong == 0 ? 0 : 1;
}

}  // namespace tlast

#endif
