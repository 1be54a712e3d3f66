#include "gossip/dissemination/member_exchange.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace vf {

void MemberExchange::Begin(TimePoint now, MemberKey peer, bool everything) {
  peer_ = peer;
  joiner_ = everything;
  fell_back_ = false;
  moves_ = 0;
  Restart(now);
}

void MemberExchange::Restart(TimePoint now) {
  stream_ = 0;
  answers_ = 0;
  deadline_ = now + config_.exchange_deadline;
  agreed_.reset();
  for (Half& half : halves_) half = {false, joiner_, now, config_.exchange_retry};
}

void MemberExchange::BeginStream(TimePoint now, std::uint32_t number) {
  VF_CHECK(running() && number != 0, "nothing to do over TCP");
  stream_ = number;
  OnProgress(now);
}

void MemberExchange::FallBack(TimePoint now) {
  fell_back_ = true;
  Restart(now);
}

void MemberExchange::MoveTo(TimePoint now, MemberKey peer) {
  peer_ = peer;
  ++moves_;
  Restart(now);
}

std::vector<MemberExchange::Question> MemberExchange::TakeQuestions(TimePoint now) {
  std::vector<Question> questions;
  if (!running() || stream_ != 0) return questions;
  for (std::size_t i = 0; i < kHalves; ++i) {
    Half& half = halves_[i];
    if (half.done || half.ask_at > now) continue;
    half.ask_at = now + half.retry;
    half.retry = half.retry * 2;
    questions.push_back(
        {static_cast<std::uint8_t>(i * kDigestBuckets), half.everything, asks_briefly()});
  }
  return questions;
}

bool MemberExchange::OnAnswer(TimePoint now, std::size_t first_bucket,
                              const std::vector<bool>& hash_agrees,
                              const std::vector<bool>& count_agrees) {
  VF_CHECK(running(), "an answer that nobody asked for");
  VF_CHECK(hash_agrees.size() == count_agrees.size(), "two facts a bucket");
  if (first_bucket % kDigestBuckets != 0 || hash_agrees.size() != kDigestBuckets) return false;
  Half& half = halves_[first_bucket / kDigestBuckets];
  bool records_missing = false;
  for (std::size_t i = 0; i < hash_agrees.size(); ++i) {
    if (hash_agrees[i] && count_agrees[i]) agreed_.set(first_bucket + i);
    if (hash_agrees[i] && !count_agrees[i] && !agreed_[first_bucket + i]) records_missing = true;
  }
  deadline_ = now + config_.exchange_deadline;
  bool all_agreed = true;
  for (std::size_t i = 0; i < kDigestBuckets; ++i) all_agreed &= agreed_[first_bucket + i];
  half.done = all_agreed || !joiner_;
  // The dead are in no hash: if some got lost, only everything brings them.
  half.everything = joiner_ && records_missing;
  half.ask_at = now + config_.exchange_retry / 4;
  half.retry = config_.exchange_retry;
  const bool complete =
      std::all_of(halves_.begin(), halves_.end(), [](const Half& h) { return h.done; });
  ++answers_;
  if (complete) End();
  return complete;
}

TimePoint MemberExchange::NextDeadline() const {
  if (!running()) return kNever;
  TimePoint next = deadline_;
  if (stream_ != 0) return next;
  for (const Half& half : halves_) {
    if (!half.done) next = std::min(next, half.ask_at);
  }
  return next;
}

bool PacedDatagrams::Put(TimePoint now, Datagram datagram) {
  if (waiting_.size() - first_ >= kMaxPaced) return false;
  if (first_ >= kMaxPaced) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  if (waiting_.empty()) next_ = std::max(next_, now);
  if (datagram.answers) answers_.insert({datagram.to, *datagram.answers});
  waiting_.push_back(std::move(datagram));
  return true;
}

std::vector<PacedDatagrams::Datagram> PacedDatagrams::TakeDue(TimePoint now) {
  std::vector<Datagram> due;
  if (waiting_.empty() || next_ > now) return due;
  for (int i = 0; i < config_.exchange_burst && first_ < waiting_.size(); ++i) {
    const Datagram& next = due.emplace_back(std::move(waiting_[first_++]));
    if (next.answers) answers_.erase({next.to, *next.answers});
  }
  if (first_ == waiting_.size()) {
    waiting_.clear();
    first_ = 0;
  }
  next_ = now + config_.exchange_pace;
  return due;
}

}  // namespace vf
