// A KvService in memory and an OperatorService with fixed rows, for the tests of the HTTP side.
#pragma once

#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "http/kv_service.h"
#include "http/operator_service.h"

namespace vf {

// What all FakeKvs of a test share. Threads: any.
class FakeStore {
 public:
  struct Entry {
    std::string value;
    Version version;
  };
  Version Put(std::string_view key, std::string value) {
    const std::lock_guard lock(mutex_);
    const Version version{++last_version_};
    entries_[std::string(key)] = Entry{std::move(value), version};
    return version;
  }
  Version Erase(std::string_view key) {
    const std::lock_guard lock(mutex_);
    entries_.erase(std::string(key));
    return Version{++last_version_};
  }
  std::optional<Entry> Get(std::string_view key) const {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(std::string(key));
    if (it == entries_.end()) return std::nullopt;
    return it->second;
  }
  std::size_t Size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::uint64_t last_version_ = 0x1000;
};

// Answers at once, but for keys with these names:
//   hold...    when Release is called          throw, throw-int, throw-memory   throws
//   unavailable, overloaded, no-space, bad     fails so
// Thread: one, as KvService says.
class FakeKv final : public KvService {
 public:
  explicit FakeKv(FakeStore& store) : store_(store) {}

  void Get(std::string_view key, const GetOptions&, KvCallback done) override {
    Run(key, std::move(done), [this, owned = std::string(key)](KvCallback& answer) {
      const auto entry = store_.Get(owned);
      if (!entry) return answer(KvResult{KvStatus::kAbsent, {}, {}, {}});
      answer(KvResult{KvStatus::kOk, entry->version, entry->value, {}});
    });
  }
  void Put(std::string_view key, std::string value, const WriteOptions& options,
           KvCallback done) override {
    if (options.acks && options.acks->count > 3) {
      return done(KvResult{KvStatus::kBadRequest, {}, {}, "acks is more than the 3 replicas"});
    }
    Run(key, std::move(done),
        [this, owned = std::string(key), moved = std::move(value)](KvCallback& answer) {
          answer(KvResult{KvStatus::kOk, store_.Put(owned, moved), {}, {}});
        });
  }
  void Delete(std::string_view key, const WriteOptions&, KvCallback done) override {
    Run(key, std::move(done), [this, owned = std::string(key)](KvCallback& answer) {
      answer(KvResult{KvStatus::kOk, store_.Erase(owned), {}, {}});
    });
  }

  std::size_t held() const { return held_.size(); }
  void Release() {
    auto held = std::move(held_);
    held_.clear();
    for (auto& operation : held) operation();
  }

 private:
  template <typename Operation>
  void Run(std::string_view key, KvCallback done, Operation operation) {
    if (key == "throw") throw std::runtime_error("secret text of an exception");
    if (key == "throw-int") throw 42;
    if (key == "throw-memory") throw std::bad_alloc();
    if (key == "unavailable") return Fail(done, KvStatus::kUnavailable, "joining");
    if (key == "overloaded") return Fail(done, KvStatus::kOverloaded, "too many operations");
    if (key == "no-space") return Fail(done, KvStatus::kNoSpace, "memory is full");
    if (key == "bad") return Fail(done, KvStatus::kBadRequest, "bad\r\nInjected: line");
    if (key.substr(0, 4) == "hold") {
      held_.push_back([operation = std::move(operation), done = std::move(done)]() mutable {
        operation(done);
      });
      return;
    }
    operation(done);
  }
  static void Fail(KvCallback& done, KvStatus status, std::string_view text) {
    done(KvResult{status, {}, {}, text});
  }

  FakeStore& store_;
  std::vector<absl::AnyInvocable<void()>> held_;
};

class FakeOperators final : public OperatorService {
 public:
  Readiness GetReadiness() const override { return readiness; }
  std::vector<MemberRow> GetMembers() const override {
    if (throws) throw std::runtime_error("secret text of an exception");
    if (throws_int) throw 42;
    if (out_of_memory) throw std::bad_alloc();
    return members;
  }
  StatusPage GetStatus() const override { return status; }
  bool HasData() const override { return has_data; }
  std::optional<ReplicasPage> GetReplicas(std::string_view key) const override {
    if (!founded) return std::nullopt;
    ReplicasPage page;
    page.partition = "0f";
    page.sha1 = std::string(key);
    page.owners = {{"a1", "10.0.0.1:1", "alive"}, {"b2", "10.0.0.2:2", "suspect"}};
    page.fallbacks = {{"c3", "10.0.0.3:3", "dead"}};
    return page;
  }
  std::vector<ConflictRow> GetConflicts() const override { return conflicts; }
  void AskSafeToStop(std::function<void(const CommandResult&)> done) const override {
    safe_to_stop(std::move(done));
  }
  std::string GetMetrics() const override { return "# HELP x y\n# TYPE x counter\nx 1\n"; }
  void Forget(std::string_view id, std::function<void(const CommandResult&)> done) const override {
    forget(id, std::move(done));
  }
  void Leave(std::function<void(const CommandResult&)> done) const override {
    leave(std::move(done));
  }
  std::string NoSuchPageText() const override { return no_such_page; }

  Readiness readiness{true, ""};
  std::vector<MemberRow> members;
  StatusPage status;
  std::vector<ConflictRow> conflicts;
  bool has_data = true;
  bool founded = true;
  bool throws = false;
  bool throws_int = false;
  bool out_of_memory = false;
  std::string no_such_page;
  std::function<void(std::string_view, std::function<void(const CommandResult&)>)> forget =
      [](std::string_view, const auto& done) {
        done({202, "it is forgotten"});
      };
  std::function<void(std::function<void(const CommandResult&)>)> leave = [](const auto& done) {
    done({202, "it is leaving"});
  };
  std::function<void(std::function<void(const CommandResult&)>)> safe_to_stop =
      [](const auto& done) {
        done({200, "safe to stop"});
      };
};

}  // namespace vf
