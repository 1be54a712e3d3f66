// How the newest cluster view gets from the gossip thread to the data threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "node/placement/cluster_view.h"

namespace vf {

// One writer publishes, any thread reads. A reader pays one atomic load while nothing changes; the
// lock is taken only to fetch a view that is new to it, for the copy of a pointer.
class ViewChannel {
 public:
  ViewChannel() : newest_(std::make_shared<ClusterView>()) {}

  void Publish(SharedClusterView view) {
    const std::lock_guard lock(mutex_);
    newest_ = std::move(view);
    edition_.fetch_add(1, std::memory_order_release);
  }
  SharedClusterView Newest() const {
    const std::lock_guard lock(mutex_);
    return newest_;
  }

 private:
  friend class ViewReader;
  std::atomic<std::uint64_t> edition_{0};
  mutable std::mutex mutex_;
  SharedClusterView newest_;  // never null
};

// A thread's own look at the channel. Thread: one.
class ViewReader : public ClusterViewSource {
 public:
  explicit ViewReader(const ViewChannel& channel) : channel_(channel), view_(channel.Newest()) {}

  const ClusterView& Current() override {
    // The edition is read before the view: at worst the next call fetches it again.
    const std::uint64_t edition = channel_.edition_.load(std::memory_order_acquire);
    if (edition != edition_) {
      view_ = channel_.Newest();
      edition_ = edition;
    }
    return *view_;
  }

 private:
  const ViewChannel& channel_;
  std::uint64_t edition_ = ~std::uint64_t{0};
  SharedClusterView view_;
};

}  // namespace vf
