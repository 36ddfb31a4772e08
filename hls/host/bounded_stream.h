// Streams with an end, and every dataflow process a thread: what plain C simulation hides.
//
// A process that reads an empty stream or writes a full one waits, and another one runs: one at a time, so the outcome
// does not depend on the machine. When all wait, a circle of processes waits for each other. If a full FIFO is part of
// it, one such FIFO is grown by one word and noted as too small (T. Parks, 1995); otherwise nothing helps. Of several it
// is the one whose reader waits for another stream: it was to hold what must wait, and those before it are full
// because of it.
//
// Time is predicted: each process has a clock; an iteration of a pipelined loop is a cycle (verify puts hls::cycle()
// where PIPELINE stands), a word can be read the cycle after it was written, and written once its place was read.
#ifndef TLAST_HOST_BOUNDED_STREAM_H
#define TLAST_HOST_BOUNDED_STREAM_H

#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hls {

class fifo;

struct process {
  std::string name;
  std::function<void()> body;
  std::vector<fifo*> streams;
  long now = 0;
  fifo* reading = nullptr;  // what it waits for, if it waits
  fifo* writing = nullptr;
  bool done = false;
  std::condition_variable turn;
  std::thread thread;
};

struct finished {};  // thrown to unwind a process when the run is over

class fifo {
 public:
  explicit fifo(const char* name) : name(name) {}
  std::string name;
  std::size_t emitted = 0;  // depth as emitted; 0 and not bounded: a port, endless
  std::size_t depth = 0;
  bool bounded = false;
  std::vector<long> written, taken;  // when each word was; their lengths say what is in it
  long waited = 0;                   // cycles its writer waited for room
  std::size_t inside() const { return written.size() - taken.size(); }
  bool full() const { return bounded && inside() >= depth; }
};

class scheduler {
 public:
  static scheduler& get() {
    static scheduler one;
    return one;
  }

  void add(const std::string& name, const std::vector<fifo*>& streams, const std::function<void()>& body) {
    all_.emplace_back(new process);
    all_.back()->name = name;
    all_.back()->streams = streams;
    all_.back()->body = body;
  }
  void add(fifo* stream) { fifos_.push_back(stream); }
  const std::vector<fifo*>& fifos() const { return fifos_; }
  const std::vector<std::unique_ptr<process>>& processes() const { return all_; }
  process& self() { return *all_[current_]; }

  // Runs until nobody can go on. True where the process called `last` has come to its end by then.
  bool run(const std::string& last) {
    for (std::size_t i = 0; i < all_.size(); ++i) all_[i]->thread = std::thread([this, i] { enter(i); });
    std::unique_lock<std::mutex> lock(mutex_);
    current_ = 0;
    all_[0]->turn.notify_one();
    over_turn_.wait(lock, [this] { return over_; });
    for (auto& one : all_) one->turn.notify_all();
    lock.unlock();
    for (auto& one : all_) one->thread.join();
    for (auto& one : all_)
      if (one->name == last) return one->done;
    return false;
  }

  // The calling process waits until `ready` holds.
  void wait(fifo* reading, fifo* writing) {
    process& me = self();
    me.reading = reading;
    me.writing = writing;
    std::unique_lock<std::mutex> lock(mutex_);
    pass(lock, me);
    me.reading = me.writing = nullptr;
  }

 private:
  static bool ready(const process& one) {
    if (one.done) return false;
    if (one.reading != nullptr) return one.reading->inside() > 0;
    return one.writing == nullptr || !one.writing->full();
  }

  void enter(std::size_t index) {
    process& me = *all_[index];
    try {
      {
        std::unique_lock<std::mutex> lock(mutex_);
        me.turn.wait(lock, [&] { return over_ || current_ == index; });
        if (over_) return;
      }
      me.body();
      me.done = true;
      std::unique_lock<std::mutex> lock(mutex_);
      next();
    } catch (const finished&) {
    }
  }

  void pass(std::unique_lock<std::mutex>& lock, process& me) {
    const std::size_t mine = current_;
    next();
    me.turn.wait(lock, [&] { return over_ || current_ == mine; });
    if (over_) throw finished();
  }

  // Hands the turn to the next process that can go on; with none, grows the FIFO at fault, or ends the run.
  void next() {
    do {
      for (std::size_t step = 1; step <= all_.size(); ++step) {
        const std::size_t candidate = (current_ + step) % all_.size();
        if (!ready(*all_[candidate])) continue;
        current_ = candidate;
        all_[candidate]->turn.notify_one();
        return;
      }
    } while (grow());
    over_ = true;
    over_turn_.notify_all();
  }

  // Follows who waits for whom from each waiting writer; where that closes a circle, a full FIFO of it grows.
  bool grow() {
    fifo* found = nullptr;
    for (auto& start : all_) {
      if (start->done || start->writing == nullptr) continue;
      // A FIFO without any place needs no circle: no word ever passes it.
      if (start->writing->depth == 0) found = start->writing;
      if (found == nullptr) found = at_fault(start.get());
      if (found == nullptr) continue;
      ++found->depth;
      return true;
    }
    return false;
  }

  // The full FIFO to grow in the circle that `start` waits in, if there is one: the smallest of those whose reader waits
  // for another stream; where every reader is a waiting writer too, the smallest of all.
  fifo* at_fault(process* start) {
    std::vector<process*> path;
    process* at = start;
    while (at != nullptr && !at->done && !contains(path, at)) {
      path.push_back(at);
      at = other_end(at->writing != nullptr ? at->writing : at->reading, at);
    }
    if (at == nullptr || at->done) return nullptr;
    fifo* smallest = nullptr;
    fifo* joining = nullptr;
    bool inside = false;
    for (process* one : path) {
      inside = inside || one == at;
      fifo* full = inside ? one->writing : nullptr;
      if (full == nullptr) continue;
      if (smallest == nullptr || full->depth < smallest->depth) smallest = full;
      if (other_end(full, one)->reading == nullptr) continue;
      if (joining == nullptr || full->depth < joining->depth) joining = full;
    }
    return joining != nullptr ? joining : smallest;
  }

  static bool contains(const std::vector<process*>& path, const process* one) {
    for (const process* step : path)
      if (step == one) return true;
    return false;
  }

  process* other_end(const fifo* stream, const process* one) {
    for (auto& candidate : all_)
      if (candidate.get() != one)
        for (const fifo* its : candidate->streams)
          if (its == stream) return candidate.get();
    return nullptr;
  }

  std::vector<std::unique_ptr<process>> all_;
  std::vector<fifo*> fifos_;
  std::mutex mutex_;
  std::condition_variable over_turn_;
  std::size_t current_ = static_cast<std::size_t>(-1);
  bool over_ = false;
};

inline void cycle(long count) { scheduler::get().self().now += count; }

template <typename T>
class stream : public fifo {
 public:
  explicit stream(const char* name = "unnamed") : fifo(name) {}
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  // A FIFO of the accelerator, of `depth` words; without this the stream is a port, and endless.
  // TLAST_DEPTHS="pixels=1 notes=4" gives some FIFOs another depth, without compiling again.
  void bound(std::size_t words) {
    const char* given = std::getenv("TLAST_DEPTHS");
    const std::string all = given == nullptr ? "" : std::string(" ") + given;
    const std::size_t at = all.find(" " + name + "=");
    emitted = depth = at == std::string::npos ? words : std::strtoul(all.c_str() + at + name.size() + 2, nullptr, 10);
    bounded = std::getenv("TLAST_UNLIMITED") == nullptr;
    scheduler::get().add(this);
  }

  T read() {
    scheduler& all = scheduler::get();
    while (words_.empty()) all.wait(this, nullptr);
    long& now = all.self().now;
    if (written[taken.size()] + 1 > now) now = written[taken.size()] + 1;
    taken.push_back(now);
    T word = words_.front();
    words_.pop_front();
    return word;
  }
  void read(T& word) { word = read(); }

  void write(const T& word) {
    scheduler& all = scheduler::get();
    while (full()) all.wait(nullptr, this);
    long& now = all.self().now;
    if (bounded && written.size() >= depth) {
      const long room = taken[written.size() - depth];
      if (room > now) {
        waited += room - now;
        now = room;
      }
    }
    written.push_back(now);
    words_.push_back(word);
  }

 private:
  std::deque<T> words_;
};

// Most words in it at once: a word counts from the cycle it is written up to the one it is taken in.
inline std::size_t peak(const fifo& one) {
  std::size_t most = 0, gone = 0;
  for (std::size_t i = 0; i < one.written.size(); ++i) {
    while (gone < one.taken.size() && gone < i && one.taken[gone] <= one.written[i]) ++gone;
    if (i + 1 - gone > most) most = i + 1 - gone;
  }
  return most;
}

}  // namespace hls

#endif
