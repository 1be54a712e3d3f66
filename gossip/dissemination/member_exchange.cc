#include "gossip/dissemination/member_exchange.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace vf {
namespace {

// While others join, what was brought is out of date when it is complete, and handed on from joiner
// to joiner views would get poorer each time. So a joiner whose buckets differ from its peer's
// compares them once more, which also tells the peer what it lacks.
constexpr int kAnswersToTrust = 2;

}  // namespace

void MemberExchange::Begin(TimePoint now, MemberKey peer, MemberKey joiner) {
  peer_ = peer;
  joiner_ = joiner;
  fell_back_ = false;
  moves_ = 0;
  Restart(now);
}

void MemberExchange::End() {
  peer_ = kNoMember;
  lesson_.reset();
}

void MemberExchange::Restart(TimePoint now) {
  const bool joiner = joiner_ != kNoMember;
  stream_ = 0;
  answers_ = 0;
  deadline_ = now + (joiner ? 2 * config_.exchange_retry : config_.exchange_deadline);
  agreed_.reset();
  lesson_ = joiner ? std::make_unique<Lesson>() : nullptr;
  for (Half& half : halves_) half = {false, joiner, 0, now, config_.exchange_retry};
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

bool MemberExchange::OnAnswer(TimePoint now, const Digest& answer,
                              const std::vector<bool>& hash_agrees,
                              const std::vector<bool>& count_agrees) {
  VF_CHECK(running(), "an answer that nobody asked for");
  VF_CHECK(hash_agrees.size() == count_agrees.size(), "two facts a bucket");
  const std::size_t first_bucket = answer.first_bucket;
  if (first_bucket % kDigestBuckets != 0 || answer.hashes.size() != kDigestBuckets ||
      hash_agrees.size() != kDigestBuckets) {
    return false;
  }
  const std::size_t number = first_bucket / kDigestBuckets;
  Half& half = halves_[number];
  for (std::size_t i = 0; i < hash_agrees.size(); ++i) {
    if (hash_agrees[i] && count_agrees[i]) agreed_.set(first_bucket + i);
  }
  half.done = lesson_ == nullptr;
  if (lesson_ != nullptr) lesson_->answers[number] = answer;
  ++answers_;
  ++half.answers;
  deadline_ = now + config_.exchange_deadline;
  if (IsOver()) return true;
  // The dead are in no hash: if some got lost, only everything brings them.
  half.everything = false;
  for (std::size_t i = 0; i < hash_agrees.size(); ++i) {
    if (lesson_ != nullptr && hash_agrees[i] && !agreed_[first_bucket + i]) half.everything = true;
  }
  half.ask_at = now + config_.exchange_retry / 4;
  half.retry = config_.exchange_retry;
  return false;
}

bool MemberExchange::OnPart(TimePoint now, const Exchange& part) {
  if (lesson_ == nullptr) return false;
  lesson_->brought.Add(part);
  if (stream_ != 0) return false;
  deadline_ = now + config_.exchange_deadline;
  return IsOver();
}

bool MemberExchange::IsOver() {
  bool over = true;
  for (std::size_t number = 0; number < kHalves; ++number) {
    Half& half = halves_[number];
    if (!half.done && lesson_ != nullptr && lesson_->answers[number]) {
      const Digest& answer = *lesson_->answers[number];
      const bool trusted = half.answers >= kAnswersToTrust && KnowsJoiner();
      half.done = true;
      for (std::size_t i = 0; i < kDigestBuckets; ++i) {
        const std::size_t bucket = answer.first_bucket + i;
        if (trusted && lesson_->brought.hash(bucket) == answer.hashes[i] &&
            lesson_->brought.count(bucket) >= answer.counts[i]) {
          agreed_.set(bucket);
        }
        half.done &= agreed_[bucket];
      }
    }
    over &= half.done;
  }
  if (over) End();
  return over;
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

std::size_t PacedDatagrams::SentWithin(Duration time) const {
  return static_cast<std::size_t>(time / config_.exchange_pace) *
         static_cast<std::size_t>(config_.exchange_burst);
}

bool PacedDatagrams::IsLong() const {
  return waiting_.size() - first_ > SentWithin(config_.exchange_retry);
}

bool PacedDatagrams::IsShort() const {
  return waiting_.size() - first_ <= SentWithin(config_.exchange_retry / 4);
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
