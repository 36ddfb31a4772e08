import type {VerilatorPorts} from "./verilator.ts"

/**
 * The C++ main of a Verilator build: reads a file of jobs and writes one of answers, both 32-bit words, each with its length
 * in front and in a model of its own, as from power-up. Job 1 applies raw input rows; job 2 is the AXI4-Stream source, sink and monitor, cycle for cycle that of the embedded simulator.
 */
export function harness(top: string, {clock, inputs, outputs}: VerilatorPorts): string {
  const count = (width: number) => Math.ceil(width / 32)
  const has = (name: string) => [...inputs, ...outputs].some((port) => port.name === name)
  const width = (name: string) => [...inputs, ...outputs].find((port) => port.name === name)?.width ?? 0
  const total = (ports: VerilatorPorts["inputs"]) => ports.reduce((sum, port) => sum + count(port.width), 0)
  const apply = inputs.map(({name, width: w}) => `  put(top->${name}, from); from += ${count(w)};`)
  const sample = outputs.map(({name, width: w}) => `  take(top->${name}, to, ${count(w)}); to += ${count(w)};`)
  const others = outputs.filter(({name}) => !/^[sm]_axis_/.test(name))
  const resetName = has("aresetn") ? "aresetn" : has("rst") ? "rst" : undefined
  const setReset = (on: boolean) =>
    resetName === undefined ? "" : `top->${resetName} = ${(resetName === "rst") === on ? 1 : 0};`
  const streams = [
    "s_axis_tdata",
    "s_axis_tvalid",
    "s_axis_tready",
    "m_axis_tdata",
    "m_axis_tvalid",
    "m_axis_tready",
  ].every(has)
  const dataWords = count(width("s_axis_tdata"))
  const outWords = count(width("m_axis_tdata"))
  const keepWidth = width("s_axis_tkeep")
  return `// Written by tlast: drives V${top} from a job file. See src/simulate/verilator-harness.ts.
#include "V${top}.h"
#include "verilated.h"
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

template <class T> static inline void put(T& port, const uint32_t* from) {
  port = static_cast<T>(sizeof(T) == 8 ? (uint64_t(from[1]) << 32 | from[0]) : from[0]);
}
template <std::size_t N> static inline void put(VlWide<N>& port, const uint32_t* from) {
  for (std::size_t i = 0; i < N; i++) port[i] = from[i];
}
template <class T> static inline void take(const T& port, uint32_t* to, int words) {
  to[0] = uint32_t(port);
  if (words == 2) to[1] = uint32_t(uint64_t(port) >> 32);
}
template <std::size_t N> static inline void take(const VlWide<N>& port, uint32_t* to, int) {
  for (std::size_t i = 0; i < N; i++) to[i] = port[i];
}

static V${top}* top;

static inline void edge() {
  ${clock === undefined ? "" : `top->${clock} = 1;\n  top->eval();\n  top->${clock} = 0;`}
}
static void apply(const uint32_t* from) {
${apply.join("\n")}
}
static void sample(uint32_t* to) {
${sample.join("\n")}
}

static std::vector<uint32_t> answer;
static const uint32_t* job;

static void vectors() {
  const uint32_t* from = job + 2;
  for (uint32_t row = 0; row < job[1]; row++) {
    apply(from);
    from += ${total(inputs)};
    top->eval();
    answer.resize(answer.size() + ${total(outputs)});
    sample(answer.data() + answer.size() - ${total(outputs)});
    edge();
  }
}
${streams ? streamCode() : "static void stream() {}"}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  FILE* in = fopen(argv[1], "rb");
  if (!in) return 3;
  fseek(in, 0, SEEK_END);
  std::vector<uint32_t> jobs(ftell(in) / 4), answers;
  rewind(in);
  if (fread(jobs.data(), 4, jobs.size(), in) != jobs.size()) return 3;
  fclose(in);
  for (std::size_t at = 0; at < jobs.size(); at += 1 + jobs[at]) {
    VerilatedContext context;
    top = new V${top}{&context};
    job = jobs.data() + at + 1;
    answer.clear();
    if (job[0] == 1) vectors();
    else stream();
    answers.push_back(answer.size());
    answers.insert(answers.end(), answer.begin(), answer.end());
    delete top;
  }
  FILE* out = fopen(argv[2], "wb");
  if (!out || fwrite(answers.data(), 4, answers.size(), out) != answers.size() || fclose(out) != 0) return 4;
  return 0;
}
`

  function streamCode(): string {
    const setLast = has("s_axis_tlast") ? "top->s_axis_tlast = beat[0] & 1;" : ""
    const keepWords = count(keepWidth)
    const setKeep = !has("s_axis_tkeep")
      ? ""
      : `uint32_t keep[${Math.max(2, keepWords)}] = {0};
    for (uint32_t i = 0; i < beat[0] >> 8; i++) keep[i / 32] |= 1u << (i % 32);
    put(top->s_axis_tkeep, keep);`
    const lastOut = has("m_axis_tlast") ? "top->m_axis_tlast" : "0"
    const keepOut = has("m_axis_tkeep") ? "top->m_axis_tkeep" : "0"
    return `
static void stream() {
  const uint32_t beats = job[1], expected = job[2], patience = job[3];
  const uint32_t sourceLength = job[4], sourceLoop = job[5], sinkLength = job[6], sinkLoop = job[7];
  const uint32_t* sourceTable = job + 8;
  const uint32_t* sinkTable = sourceTable + sourceLength;
  const uint32_t* beat = sinkTable + sinkLength;
  std::vector<uint32_t> marks, records;
  uint32_t sourceIndex = 0, sinkIndex = 0, sent = 0, got = 0, progress = 0, cycle = 0, stuck = 0, stop = 0xffffffff;
  int32_t withdrawn = -1, changed = -1;
  bool held = false, pending = false;
  uint32_t data[${outWords + 2}] = {0}, previous[${outWords + 2}] = {0};
  ${setReset(true)}
  for (int i = 0; i < 8; i++) {
    top->eval();
    edge();
  }
  ${setReset(false)}
  auto load = [&]() {
    if (sent == beats) return;
    put(top->s_axis_tdata, beat + 1);
    ${setLast}
    ${setKeep}
  };
  load();
  for (;;) {
    if (got >= expected && stop == 0xffffffff) stop = cycle + ${64};
    if (cycle == stop) break;
    const bool valid = (held || sourceTable[sourceIndex]) && sent < beats;
    const bool ready = sinkTable[sinkIndex];
    top->s_axis_tvalid = valid;
    top->m_axis_tready = ready;
    top->eval();
    const bool sourceFires = valid && top->s_axis_tready;
    const bool offered = top->m_axis_tvalid;
    held = valid && !sourceFires;
    if (pending || offered) {
      data[0] = ${lastOut};
      data[1] = ${keepOut};
      take(top->m_axis_tdata, data + 2, ${outWords});
    }
    if (pending) {
      if (!offered) { if (withdrawn < 0) withdrawn = cycle; }
      else if (memcmp(data, previous, sizeof data)) { if (changed < 0) changed = cycle; }
    }
    pending = offered && !ready;
    if (pending) memcpy(previous, data, sizeof data);
    if (offered && ready) {
      progress = cycle;
      got++;
      records.push_back(cycle);
      records.push_back(data[0] | data[1] << 1);
      for (int i = 0; i < ${outWords}; i++) records.push_back(data[2 + i]);
    }
    edge();
    if (sourceFires) {
      progress = cycle;
      if (beat[0] & 2) marks.push_back(cycle);
      sent++;
      beat += ${1 + dataWords};
      load();
    }
    if (++sourceIndex == sourceLength) sourceIndex = sourceLoop;
    if (++sinkIndex == sinkLength) sinkIndex = sinkLoop;
    cycle++;
    if (stop == 0xffffffff && got < expected && cycle - progress > patience) { stuck = 1; break; }
  }
  answer = {stuck, cycle, sent, uint32_t(withdrawn), uint32_t(changed), uint32_t(top->s_axis_tready), uint32_t(top->m_axis_tvalid),
            uint32_t(marks.size()), got};
  answer.insert(answer.end(), marks.begin(), marks.end());
  answer.insert(answer.end(), records.begin(), records.end());
${others.map(({name, width: w}) => `  answer.resize(answer.size() + ${count(w)});\n  take(top->${name}, &answer[answer.size() - ${count(w)}], ${count(w)});`).join("\n")}
}`
  }
}
