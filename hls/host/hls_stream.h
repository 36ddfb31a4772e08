// Stand-in for Vitis HLS's hls_stream.h, for simulation on a host.
//
// As there, a stream is endless and functions run in turn. Stricter than there: reading an empty stream ends the
// simulation with exit code 3, and a stream that dies with words in it is counted (hls::leftovers), as both stall or
// corrupt hardware. With TLAST_BOUNDED defined, bounded_stream.h takes its place: threads, and FIFOs with an end.
#ifndef TLAST_HOST_HLS_STREAM_H
#define TLAST_HOST_HLS_STREAM_H

#ifdef TLAST_BOUNDED
#include "bounded_stream.h"
#else

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace hls {

// Words left in streams that are gone.
inline std::size_t& leftovers() {
  static std::size_t count = 0;
  return count;
}

template <typename T>
class stream {
 public:
  explicit stream(const char* name = "unnamed") : name_(name), first_(0) {}
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  ~stream() {
    if (empty()) return;
    std::fprintf(stderr, "LEFTOVER stream %s: %zu words were written and never read\n", name_.c_str(), size());
    leftovers() += size();
  }

  bool empty() const { return first_ == words_.size(); }
  std::size_t size() const { return words_.size() - first_; }

  T read() {
    if (empty()) {
      std::fprintf(stderr, "EMPTY stream %s: read while it is empty; hardware would wait for ever\n", name_.c_str());
      std::exit(3);
    }
    T word = words_[first_++];
    if (empty()) {
      words_.clear();
      first_ = 0;
    }
    return word;
  }
  void read(T& word) { word = read(); }
  void operator>>(T& word) { word = read(); }

  void write(const T& word) { words_.push_back(word); }
  void operator<<(const T& word) { write(word); }

 private:
  std::string name_;
  std::vector<T> words_;
  std::size_t first_;
};

}  // namespace hls

#endif
#endif
