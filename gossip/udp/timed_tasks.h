// Tasks of an event loop that are due at a moment each.
//
// Thread: the one that runs the loop. What is not due when the loop stops is dropped.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <utility>

#include "base/time.h"

namespace vf {

class TimedTasks {
 public:
  using Task = std::function<void()>;
  // `run` is called with each task as soon as it is due; those of one moment in the order of Add().
  TimedTasks(boost::asio::io_context& io, std::function<void(const Task&)> run)
      : timer_(io), run_(std::move(run)) {}

  void Add(TimePoint when, Task task);

 private:
  void Arm();

  boost::asio::steady_timer timer_;
  std::function<void(const Task&)> run_;
  std::multimap<TimePoint, Task> tasks_;
};

}  // namespace vf
