#include "gossip/dissemination/exchange_askers.h"

#include <algorithm>
#include <utility>

namespace vf {

ExchangeAskers::Asker* ExchangeAskers::Find(TimePoint now, const Endpoint& from) {
  if (now >= clean_at_ || askers_.size() >= kMaxAskers) {
    std::erase_if(askers_, [&](const auto& item) { return item.second.forget_at <= now; });
    clean_at_ = now + kProofLasts;
  }
  const auto known = askers_.find(from);
  if (known != askers_.end()) return &known->second;
  return askers_.size() < kMaxAskers ? &askers_[from] : nullptr;
}

ExchangeAskers::Answer ExchangeAskers::OnQuestion(TimePoint now, const Endpoint& from, bool member,
                                                  std::size_t half, bool everything,
                                                  std::uint32_t seq) {
  Asker* const asker = Find(now, from);
  if (asker == nullptr) return Answer::kTooMany;
  const auto keep_until = [&](TimePoint until) {
    asker->forget_at = std::max(asker->forget_at, until);
  };
  if (member || now < asker->proved_until) {
    // Who was answered waits for so long before it asks again (member_exchange.cc).
    const Duration pause = config_.exchange_retry / 4;
    keep_until(now + pause);
    TimePoint& answered = asker->answered[half];
    if (answered != TimePoint::min() && now < answered + pause) return Answer::kNot;
    answered = now;
    return Answer::kNow;
  }
  keep_until(now + config_.exchange_retry);
  if (everything) asker->asked.set(half);
  if (asker->ping && now < asker->pinged + config_.exchange_retry / 4) return Answer::kNot;
  asker->ping = seq;
  asker->pinged = now;
  return Answer::kAfterPing;
}

std::optional<ExchangeAskers::Halves> ExchangeAskers::OnAck(TimePoint now, const Endpoint& from,
                                                            std::uint32_t seq) {
  const auto known = askers_.find(from);
  if (known == askers_.end() || known->second.ping != seq) return std::nullopt;
  Asker& asker = known->second;
  asker.ping.reset();
  asker.proved_until = asker.forget_at = now + kProofLasts;
  for (std::size_t half = 0; half < kHalves; ++half) {
    if (asker.asked[half]) asker.answered[half] = now;
  }
  return std::exchange(asker.asked, {});
}

}  // namespace vf
