#include "tools/cluster-sim/engine/event_queue.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/check.h"
#include "tools/cluster-sim/engine/slot_bitmap.h"

namespace vf::sim {
namespace {

// Times here are nanoseconds since the start of the queue. A tick is one slot of the fine wheel; a
// span is one slot of the coarse wheel, and the whole fine wheel.
constexpr int kTickBits = 10;
constexpr int kSlotBits = 12;
constexpr int kSpanBits = kTickBits + kSlotBits;
constexpr std::uint64_t kSlotMask = SlotBitmap::kSlots - 1;
static_assert(SlotBitmap::kSlots == std::size_t{1} << kSlotBits);

constexpr std::uint64_t kNoSpan = UINT64_MAX;
constexpr std::uint32_t kNoNode = UINT32_MAX;

// For heaps whose front is the earliest.
struct Later {
  bool operator()(const Event& a, const Event& b) const {
    return a.at != b.at ? a.at > b.at : a.number > b.number;
  }
};

class EventHeap {
 public:
  bool Empty() const { return events_.empty(); }
  const Event& Front() const { return events_.front(); }
  void Push(const Event& event) {
    events_.push_back(event);
    if (events_.size() > 1) std::push_heap(events_.begin(), events_.end(), Later());
  }
  Event Pop() {
    if (events_.size() > 1) std::pop_heap(events_.begin(), events_.end(), Later());
    const Event event = events_.back();
    events_.pop_back();
    return event;
  }

 private:
  std::vector<Event> events_;
};

}  // namespace

// Invariants: 1. due_ holds all events of ticks below open_, and no others.
//             2. The fine wheel holds those of span_ from tick open_ on.
//             3. The coarse wheel holds spans after span_, up to 4,095 further, so that a slot is
//                one span. The far heap holds any span after span_: what was far when it was pushed
//                stays there until its span comes.
//             4. span_ * 4,096 <= open_ <= (span_ + 1) * 4,096.
class EventQueue::Wheel {
 public:
  explicit Wheel(TimePoint start)
      : start_(static_cast<std::uint64_t>(start.time_since_epoch().count())) {
    fine_.fill(kNoNode);
  }

  void Push(const Event& event) {
    const std::uint64_t time = TimeOf(event.at);
    const std::uint64_t tick = time >> kTickBits;
    const std::uint64_t span = time >> kSpanBits;
    if (tick < open_) {
      due_.Push(event);
    } else if (span == span_) {
      PutFine(tick & kSlotMask, event);
    } else if (span - span_ < SlotBitmap::kSlots) {
      coarse_[span & kSlotMask].push_back(event);
      coarse_filled_.Set(span & kSlotMask);
    } else {
      far_.Push(event);
    }
  }

  // What begins after `until` is not opened, since earlier events may still be pushed.
  bool Pop(TimePoint until, Event& event) {
    const std::uint64_t limit = TimeOf(until);
    while (due_.Empty()) {
      if (!OpenTick(limit) && !OpenSpan(limit)) return false;
    }
    if (due_.Front().at > until) return false;
    event = due_.Pop();
    return true;
  }

  // Looks no further than the span that is open.
  const Event* LookAhead() {
    if (look_ <= open_) {  // What it was to show next is due already.
      look_ = open_;
      look_node_ = kNoNode;
    }
    if (look_node_ == kNoNode) {
      const std::size_t slot = fine_filled_.FirstFrom(look_ - (span_ << kSlotBits));
      if (slot == SlotBitmap::kSlots) return nullptr;
      look_ = (span_ << kSlotBits) + slot + 1;
      look_node_ = fine_[slot];
    }
    const Node& node = nodes_[look_node_];
    look_node_ = node.next;
    return &node.event;
  }

 private:
  struct Node {
    Event event;
    std::uint32_t next = kNoNode;
  };

  void PutFine(std::size_t slot, const Event& event) {
    std::uint32_t node = free_;
    if (node == kNoNode) {
      VF_CHECK(nodes_.size() < kNoNode, "too many events within 4.2 ms");
      node = static_cast<std::uint32_t>(nodes_.size());
      nodes_.emplace_back();
    } else {
      free_ = nodes_[node].next;
    }
    nodes_[node] = {event, fine_[slot]};
    fine_[slot] = node;
    fine_filled_.Set(slot);
  }

  // Moves the next tick of the span into due_. False: there is none that begins by `limit`.
  bool OpenTick(std::uint64_t limit) {
    const std::size_t slot = fine_filled_.FirstFrom(open_ - (span_ << kSlotBits));
    if (slot == SlotBitmap::kSlots) return false;
    const std::uint64_t tick = (span_ << kSlotBits) + slot;
    if (tick << kTickBits > limit) return false;
    for (std::uint32_t node = fine_[slot]; node != kNoNode;) {
      due_.Push(nodes_[node].event);
      const std::uint32_t next = nodes_[node].next;
      nodes_[node].next = free_;
      free_ = node;
      node = next;
    }
    fine_[slot] = kNoNode;
    fine_filled_.Clear(slot);
    open_ = tick + 1;
    return true;
  }

  // Moves on to the next span that holds something, once the fine wheel is empty. False: there is
  // none that begins by `limit`; then the wheel stands at the span of `limit`.
  bool OpenSpan(std::uint64_t limit) {
    if (!fine_filled_.Empty()) return false;
    const std::uint64_t far_span = far_.Empty() ? kNoSpan : TimeOf(far_.Front().at) >> kSpanBits;
    const std::uint64_t span = std::min(NextCoarse(), far_span);
    if (span == kNoSpan || span << kSpanBits > limit) {
      MoveTo(limit >> kSpanBits);
      return false;
    }
    MoveTo(span);
    std::vector<Event>& events = coarse_[span & kSlotMask];
    for (const Event& event : events) PutFine(TickSlot(event), event);
    events.clear();
    coarse_filled_.Clear(span & kSlotMask);
    while (!far_.Empty() && TimeOf(far_.Front().at) >> kSpanBits == span) {
      const Event event = far_.Pop();
      PutFine(TickSlot(event), event);
    }
    return true;
  }

  std::uint64_t NextCoarse() const {
    if (coarse_filled_.Empty()) return kNoSpan;
    const std::size_t from = (span_ + 1) & kSlotMask;
    std::size_t slot = coarse_filled_.FirstFrom(from);
    if (slot == SlotBitmap::kSlots) slot = coarse_filled_.FirstFrom(0);
    return span_ + 1 + ((slot - from) & kSlotMask);
  }

  void MoveTo(std::uint64_t span) {
    if (span == span_) return;
    span_ = span;
    open_ = span << kSlotBits;
  }

  std::uint64_t TimeOf(TimePoint at) const {
    return static_cast<std::uint64_t>(at.time_since_epoch().count()) - start_;
  }
  std::size_t TickSlot(const Event& event) const {
    return (TimeOf(event.at) >> kTickBits) & kSlotMask;
  }

  const std::uint64_t start_;
  std::uint64_t span_ = 0;
  std::uint64_t open_ = 0;
  std::uint64_t look_ = 0;             // the ticks below it have been shown, or are being shown:
  std::uint32_t look_node_ = kNoNode;  // the next one of the last of them
  EventHeap due_;

  // The fine wheel: a list of nodes a slot, in no order, since due_ brings them into it.
  SlotBitmap fine_filled_;
  std::array<std::uint32_t, SlotBitmap::kSlots> fine_;  // the first node
  std::vector<Node> nodes_;
  std::uint32_t free_ = kNoNode;

  SlotBitmap coarse_filled_;
  std::array<std::vector<Event>, SlotBitmap::kSlots> coarse_;
  EventHeap far_;
};

EventQueue::EventQueue(TimePoint start) : now_(start), wheel_(std::make_unique<Wheel>(start)) {}
EventQueue::~EventQueue() = default;

std::uint64_t EventQueue::Push(TimePoint at, std::uint32_t kind, std::uint32_t target,
                               std::uint64_t payload) {
  VF_CHECK(at >= now_, "an event in the past");
  const std::uint64_t number = pushed_++;
  ++size_;
  wheel_->Push({at, number, kind, target, payload});
  return number;
}

bool EventQueue::Pop(TimePoint until, Event& event) {
  VF_CHECK(until >= now_, "virtual time does not go back");
  if (size_ == 0 || !wheel_->Pop(until, event)) {
    now_ = until;
    return false;
  }
  --size_;
  now_ = event.at;
  return true;
}

const Event* EventQueue::LookAhead() { return wheel_->LookAhead(); }

}  // namespace vf::sim
