// One frame of every membership type, with every field set to something that can be told apart.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gossip/stream/stream_message.h"
#include "tests/support/member_samples.h"

namespace vf {

inline std::vector<std::pair<std::string, StreamFrame>> SampleFrames() {
  ExchangeDigests digests;
  for (std::uint64_t i = 0; i < kViewBuckets; ++i) {
    digests.digests.push_back(i * 0x0101010101010101);
  }
  Exchange part{0x09, {SampleRecord(1), SampleRecord(2)}, {}};
  part.tombstones = {SampleTombstone(MemberState::kDead), SampleTombstone(MemberState::kLeft)};
  return {
      {"echo",
       {1, Echo{0x0102030405060708, 0x1122334455667788, 28'000'000'001, MemberState::kSuspect, 5}}},
      {"echo_ok", {1, EchoOk{0x0102030405060708, 0x1122334455667788, 28'000'000'001, 70'000}}},
      {"exchange", {2, digests}},
      {"exchange_all", {3, ExchangeDigests{}}},
      {"part", {2, part}},
      {"end", {2, ExchangeEnd{0xfedcba9876543210, 1'000, {0, 9, 255}}}},
      {"busy", {2, ExchangeBusy{250}}},
  };
}

}  // namespace vf
