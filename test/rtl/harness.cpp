// Drives the emitted top: beats of a file in, beats of m_axis out, with stalls on both sides. Prints a line a result,
// "cycle data last", and for each input beat accepted with tlast or ending an image "in cycle".
#include "Vtop.h"
#include "verilated.h"
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

struct Beat { uint64_t data; unsigned keep, last; };

static uint32_t state = 1;
static unsigned draw() { state ^= state << 13; state ^= state >> 17; state ^= state << 5; return (state >> 8) & 1023; }

int main(int argc, char** argv) {
  if (argc < 6) return 2;
  FILE* file = fopen(argv[1], "r");
  const long results = atol(argv[2]);
  const unsigned idle = atoi(argv[3]), stall = atoi(argv[4]);   // of 1024
  state = atoi(argv[5]) * 2654435761u + 1;
  std::vector<Beat> beats;
  unsigned long long data; unsigned keep, last;
  while (fscanf(file, "%llx %x %u", &data, &keep, &last) == 3) beats.push_back({data, keep, last});
  Vtop top;
  top.aresetn = 0; top.aclk = 0; top.s_axis_tvalid = 0; top.m_axis_tready = 0;
  auto edge = [&] { top.aclk = 1; top.eval(); top.aclk = 0; top.eval(); };
  for (int i = 0; i < 4; i++) edge();
  top.aresetn = 1;
  size_t next = 0; long got = 0; bool offered = false; long quiet = 0;
  bool held = false; uint32_t heldData = 0; bool heldLast = false;
  for (long cycle = 0; got < results && quiet < 200000; cycle++, quiet++) {
    if (!offered) offered = next < beats.size() && draw() >= idle;
    top.s_axis_tvalid = offered;
    if (offered) { top.s_axis_tdata = beats[next].data; top.s_axis_tkeep = beats[next].keep; top.s_axis_tlast = beats[next].last; }
    top.m_axis_tready = draw() >= stall;
    top.eval();
    if (held && (!top.m_axis_tvalid || top.m_axis_tdata != heldData || top.m_axis_tlast != heldLast)) { printf("unstable %ld\n", cycle); return 1; }
    held = top.m_axis_tvalid && !top.m_axis_tready; heldData = top.m_axis_tdata; heldLast = top.m_axis_tlast;
    if (offered && top.s_axis_tready) { printf("in %ld %zu\n", cycle, next); next++; offered = false; quiet = 0; }
    if (top.m_axis_tvalid && top.m_axis_tready) { printf("out %ld %d %d\n", cycle, (int32_t)top.m_axis_tdata, top.m_axis_tlast); got++; quiet = 0; }
    edge();
  }
  printf("short %u\n", top.short_images);
  return got == results ? 0 : 3;
}
