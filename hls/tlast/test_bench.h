// The test bench's half that is the same for every network: vector files, comparison, and what a DMA would notice.
//
// A vector file has a beat a line: data in hex, then " last" where TLAST is set, then " keep=<hex>" where it is not all
// ones. C++11, and for simulation only: the emitted accelerator does not include it.
#ifndef TLAST_TEST_BENCH_H
#define TLAST_TEST_BENCH_H

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "ap_axi_sdata.h"
#include "ap_int.h"
#include "hls_stream.h"

namespace tlast {

// Lanes are at most eight bytes wide here; tlast's streams are.
struct beat {
  unsigned long long data;
  unsigned long long keep;
  bool last;
};

inline std::vector<beat> read_beats(const char* path, int bytes) {
  const unsigned long long all = bytes >= 64 ? ~0ULL : (1ULL << bytes) - 1;
  std::FILE* file = std::fopen(path, "rb");
  if (file == NULL) {
    std::fprintf(stderr, "MISSING %s: the test bench's vectors; run it where they are, or name them\n", path);
    std::exit(2);
  }
  std::vector<beat> beats;
  char line[128];
  while (std::fgets(line, sizeof line, file) != NULL) {
    char* rest = line;
    beat one = {std::strtoull(line, &rest, 16), all, false};
    if (rest == line) {
      std::fprintf(stderr, "BAD VECTOR %s, line %zu: no hex number\n", path, beats.size() + 1);
      std::exit(2);
    }
    if (*rest == ' ') {
      one.last = std::strstr(rest, " last") != NULL;
      const char* keep = std::strstr(rest, " keep=");
      if (keep != NULL) one.keep = std::strtoull(keep + 6, NULL, 16);
    }
    beats.push_back(one);
  }
  std::fclose(file);
  return beats;
}

template <int BITS>
ap_axiu<BITS, 0, 0, 0> to_axi(const beat& one) {
  ap_axiu<BITS, 0, 0, 0> axi;
  axi.data = one.data;
  axi.keep = one.keep;
  axi.strb = one.keep;
  axi.last = one.last;
  return axi;
}

template <int BITS>
beat from_axi(const ap_axiu<BITS, 0, 0, 0>& axi) {
  beat one = {axi.data.to_uint64(), axi.keep.to_uint64(), axi.last != 0};
  return one;
}

// Compares data, keep and last; prints what differs.
inline bool same(const beat& want, const beat& got, std::size_t index) {
  if (want.data == got.data && want.keep == got.keep && want.last == got.last) return true;
  std::printf("DIFFERS %zu want data=%llx keep=%llx last=%d got data=%llx keep=%llx last=%d\n", index, want.data,
              want.keep, want.last ? 1 : 0, got.data, got.keep, got.last ? 1 : 0);
  return false;
}

// Sends every input beat and calls `step` (one call of the top) while beats are left. Fails on a beat that differs in
// data, keep or last, on too few or too many of them, and where the answer does not end with TLAST.
template <int IN_BITS, int OUT_BITS, typename STEP>
int run_vectors(const char* in_path, const char* out_path, STEP step) {
  const std::vector<beat> in = read_beats(in_path, (IN_BITS + 7) / 8);
  const std::vector<beat> expected = read_beats(out_path, (OUT_BITS + 7) / 8);
  hls::stream<ap_axiu<IN_BITS, 0, 0, 0> > s_axis("s_axis");
  hls::stream<ap_axiu<OUT_BITS, 0, 0, 0> > m_axis("m_axis");

  for (std::size_t i = 0; i < in.size(); ++i) s_axis.write(to_axi<IN_BITS>(in[i]));
  while (!s_axis.empty()) step(s_axis, m_axis);

  std::size_t failures = 0, count = 0;
  bool last = false;
  for (; !m_axis.empty(); ++count) {
    const beat got = from_axi<OUT_BITS>(m_axis.read());
    last = got.last;
    if (count >= expected.size()) {
      if (count == expected.size()) std::printf("EXTRA beats after the %zu expected\n", expected.size());
      ++failures;
    } else if (failures < 8 && !same(expected[count], got, count)) {
      ++failures;
    }
  }
  if (count < expected.size()) {
    std::printf("MISSING beats: %zu came, %zu were expected\n", count, expected.size());
    ++failures;
  }
  if (count > 0 && !last) {
    std::printf("NO TLAST on the last beat: a receiving DMA would wait for ever\n");
    ++failures;
  }
  std::printf("%s %zu beats\n", failures == 0 ? "PASS" : "FAIL", count);
  return failures == 0 ? 0 : 1;
}

}  // namespace tlast

#endif
