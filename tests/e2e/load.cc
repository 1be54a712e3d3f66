#include "tests/e2e/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "tests/e2e/bulk_client.h"
#include "tests/e2e/http_client.h"

namespace vf::e2e {
namespace {

constexpr std::size_t kLanesPerPort = 2;
constexpr std::size_t kWindow = 16;
constexpr std::size_t kBulkWindow = 64;

std::vector<std::uint16_t> LanesOf(const std::vector<std::uint16_t>& ports) {
  std::vector<std::uint16_t> lanes;
  for (std::size_t i = 0; i < kLanesPerPort; ++i)
    lanes.insert(lanes.end(), ports.begin(), ports.end());
  return lanes;
}

std::string GetBytes(const std::string& key, std::string_view options = {}) {
  return RequestBytes("GET", "/get/?key=" + key + std::string(options));
}

struct Operation {
  bool write = false;
  std::size_t number = 0;
};

}  // namespace

LoadReport Load::Run(const LoadPlan& plan) {
  LoadReport report;
  const auto lanes = LanesOf(plan.ports);
  std::vector<std::vector<Operation>> operations(lanes.size());
  const auto began = Clock::now();
  std::map<std::uint16_t, Clock::time_point> last_ack;
  for (const auto port : plan.ports) last_ack[port] = began;
  // Each lane keeps its own pace, so that one which waits for an answer delays no other.
  const double lane_operations_per_s =
      static_cast<double>(plan.operations_per_s) / static_cast<double>(lanes.size());

  const auto next = [&](std::size_t lane, std::size_t number, std::string& out) {
    const auto elapsed = Clock::now() - began;
    if (elapsed >= plan.duration) return BulkNext::kEnd;
    const double due = lane_operations_per_s * std::chrono::duration<double>(elapsed).count();
    if (static_cast<double>(number) >= due) return BulkNext::kLater;
    if (!plan.writes && acked_.empty()) return BulkNext::kEnd;
    Operation operation{.write = plan.writes && (number % 2 == 0 || acked_.empty())};
    if (operation.write) {
      operation.number = written_++;
      out += RequestBytes("POST", "/" + KeyOf(operation.number), ValueOf(operation.number));
    } else {
      operation.number = acked_[generator_() % acked_.size()];
      out += GetBytes(KeyOf(operation.number));
    }
    operations[lane].push_back(operation);
    return BulkNext::kRequest;
  };
  const auto answer = [&](std::size_t lane, std::size_t index, int status, std::string_view body) {
    const Operation& operation = operations[lane][index];
    if (operation.write) {
      if (status != 200) {
        ++report.unknown;
        EXPECT_TRUE(status == 503 || status == 0) << status << " " << body;
        return;
      }
      acked_.push_back(operation.number);
      ++report.acked;
      auto& last = last_ack[lanes[lane]];
      report.longest_write_gap = std::max(report.longest_write_gap, Clock::now() - last);
      last = Clock::now();
      return;
    }
    ++report.reads;
    if (status == 503 || status == 0) {
      ++report.refused_reads;
    } else if (status == 204 && plan.may_miss) {
      ++report.missed_reads;
    } else {
      EXPECT_EQ(status, 200) << KeyOf(operation.number) << " through port " << lanes[lane]
                             << " after "
                             << std::chrono::duration<double>(Clock::now() - began).count() << " s";
      if (status == 200) {
        EXPECT_EQ(body, ValueOf(operation.number));
      }
    }
  };
  const auto turn = [&] {
    if (plan.turn) plan.turn(Clock::now() - began);
    return true;
  };
  const auto result = RunBulk(lanes, kWindow, plan.duration + seconds(30) * kSlowdown,
                              {.next = next, .answer = answer, .turn = turn, .connect = connect_});
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.broken_lanes, 0u) << "a process that should live closed a connection";
  for (const auto& [port, last] : last_ack) {
    report.longest_write_gap = std::max(report.longest_write_gap, began + plan.duration - last);
  }
  return report;
}

std::size_t Load::ReadBack(const std::vector<std::uint16_t>& ports, Clock::duration patience) {
  std::size_t refused = 0;
  std::size_t lost = 0;
  const auto deadline = Clock::now() + patience;
  // What each port still has to be asked for.
  std::vector<std::vector<std::size_t>> wanted(ports.size(), acked_);
  for (bool again = true; again;) {
    std::vector<std::vector<std::size_t>> repeated(ports.size());
    const auto next = [&](std::size_t lane, std::size_t number, std::string& out) {
      if (number == wanted[lane].size()) return BulkNext::kEnd;
      out += GetBytes(KeyOf(wanted[lane][number]));
      return BulkNext::kRequest;
    };
    const auto answer = [&](std::size_t lane, std::size_t index, int status,
                            std::string_view body) {
      const std::size_t number = wanted[lane][index];
      if (status == 503) {
        ++refused;
        repeated[lane].push_back(number);
      } else if (status != 200 || body != ValueOf(number)) {
        if (++lost <= 5) {
          ADD_FAILURE() << KeyOf(number) << " through port " << ports[lane] << ": " << status << " "
                        << body;
        }
      }
    };
    const auto result = RunBulk(ports, kBulkWindow, seconds(120) * kSlowdown,
                                {.next = next, .answer = answer, .connect = connect_});
    EXPECT_FALSE(result.timed_out);
    EXPECT_EQ(result.broken_lanes, 0u);
    again = std::any_of(repeated.begin(), repeated.end(),
                        [](const auto& list) { return !list.empty(); });
    if (again && Clock::now() > deadline) {
      ADD_FAILURE() << "reads are still refused at the deadline";
      break;
    }
    wanted = std::move(repeated);
  }
  EXPECT_EQ(lost, 0u) << "of " << acked_.size() << " acknowledged keys through " << ports.size()
                      << " ports";
  return refused;
}

std::vector<std::set<std::uint16_t>> Load::Holders(const std::vector<std::uint16_t>& ports) {
  std::vector<std::set<std::uint16_t>> holders(acked_.size());
  std::size_t failures = 0;
  RunBulk(ports, kBulkWindow, seconds(120) * kSlowdown,
          {.next =
               [&](std::size_t, std::size_t number, std::string& out) {
                 if (number == acked_.size()) return BulkNext::kEnd;
                 out += GetBytes(KeyOf(acked_[number]), "&local=1");
                 return BulkNext::kRequest;
               },
           .answer =
               [&](std::size_t lane, std::size_t number, int status, std::string_view body) {
                 if (status == 200 && body == ValueOf(acked_[number])) {
                   holders[number].insert(ports[lane]);
                 } else if (status != 204) {
                   ++failures;
                 }
               },
           .connect = connect_});
  EXPECT_EQ(failures, 0u) << "reads of a node's own copies";
  return holders;
}

void Load::ExpectNoneLost(const std::vector<std::uint16_t>& ports) {
  std::size_t lost = 0;
  const auto holders = Holders(ports);
  for (std::size_t i = 0; i < acked_.size(); ++i) {
    if (holders[i].empty() && ++lost <= 3) ADD_FAILURE() << KeyOf(acked_[i]) << " is on no node";
  }
  EXPECT_EQ(lost, 0u) << "of " << acked_.size() << " acknowledged keys";
}

void Load::ExpectCopies(const std::vector<std::uint16_t>& ports, std::size_t copies) {
  std::size_t wrong = 0;
  const auto holders = Holders(ports);
  for (std::size_t i = 0; i < acked_.size(); ++i) {
    if (holders[i].size() != copies && ++wrong <= 3) {
      ADD_FAILURE() << KeyOf(acked_[i]) << " is on " << testing::PrintToString(holders[i]);
    }
  }
  EXPECT_EQ(wrong, 0u) << "of " << acked_.size() << " acknowledged keys have not " << copies
                       << " copies";
}

void Load::ExpectCopiesOnAllOwners(const std::vector<std::uint16_t>& ports) {
  // Owners by partition: two hex digits of the key's SHA-1 are few enough to ask about each key
  // once.
  std::vector<std::set<std::uint16_t>> owners(acked_.size());
  std::size_t failures = 0;
  RunBulk({ports[0]}, kBulkWindow, seconds(120) * kSlowdown,
          {.next =
               [&](std::size_t, std::size_t number, std::string& out) {
                 if (number == acked_.size()) return BulkNext::kEnd;
                 out += RequestBytes("GET", "/replicas?key=" + KeyOf(acked_[number]));
                 return BulkNext::kRequest;
               },
           .answer =
               [&](std::size_t, std::size_t number, int status, std::string_view body) {
                 const auto page = nlohmann::json::parse(body, nullptr, false);
                 if (status != 200 || !page.is_object()) {
                   ++failures;
                   return;
                 }
                 for (const auto& owner : page["owners"]) {
                   const auto address = owner["address"].get<std::string>();
                   owners[number].insert(static_cast<std::uint16_t>(
                       std::atoi(address.c_str() + address.rfind(':') + 1)));
                 }
               },
           .connect = connect_});
  EXPECT_EQ(failures, 0u);
  const auto holders = Holders(ports);
  std::size_t missing = 0;
  for (std::size_t i = 0; i < acked_.size(); ++i) {
    const bool all = !owners[i].empty() && std::includes(holders[i].begin(), holders[i].end(),
                                                         owners[i].begin(), owners[i].end());
    if (!all && ++missing <= 3) {
      ADD_FAILURE() << KeyOf(acked_[i]) << ": owners " << testing::PrintToString(owners[i])
                    << ", copies on " << testing::PrintToString(holders[i]);
    }
  }
  EXPECT_EQ(missing, 0u) << "of " << acked_.size() << " keys lack a copy on an owner";
}

}  // namespace vf::e2e
