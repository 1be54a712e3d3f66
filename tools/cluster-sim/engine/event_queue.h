// Virtual time: what happens next, among millions of things that will.
//
// A two-level timing wheel (4,096 slots of 1.024 us, 4,096 of 4.2 ms) with a heap for what is
// further away than 17 s. Thread: none of its own; one run.
// Invariants: 1. Events come out in the order of (at, number): ties by the order of pushing.
//             2. Nothing comes out twice or is lost.
// Limits: 2^32 - 1 events within one span of 4.2 ms; otherwise memory. A slot keeps the memory that
// it once needed.
// Source: Varghese, Lauck, "Hashed and hierarchical timing wheels", SOSP 1987, scheme 7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/time.h"

namespace vf::sim {

struct Event {
  TimePoint at;
  std::uint64_t number = 0;   // given by Push(): 0, 1, 2...
  std::uint32_t kind = 0;     // the user's
  std::uint32_t target = 0;   // the user's: whom it is for
  std::uint64_t payload = 0;  // the user's
};
static_assert(sizeof(Event) == 32);

class EventQueue {
 public:
  explicit EventQueue(TimePoint start);
  ~EventQueue();
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  // REQUIRES: at >= now(). Returns the number.
  std::uint64_t Push(TimePoint at, std::uint32_t kind, std::uint32_t target, std::uint64_t payload);
  // The next event that is due at `until` or before it; now() is then its time. False: there is
  // none, and now() is `until`. REQUIRES: until >= now().
  bool Pop(TimePoint until, Event& event);

  // What will come out soon, for those who want to have its data at hand by then: with each call
  // another event, in their order but for those within a microsecond; null: nothing more that is
  // near. What is pushed meanwhile may never be shown. Valid until the next change.
  const Event* LookAhead();

  TimePoint now() const { return now_; }
  std::size_t size() const { return size_; }
  std::uint64_t pushed() const { return pushed_; }

 private:
  class Wheel;
  TimePoint now_;
  std::size_t size_ = 0;
  std::uint64_t pushed_ = 0;
  std::unique_ptr<Wheel> wheel_;
};

}  // namespace vf::sim
