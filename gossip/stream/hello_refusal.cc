#include "gossip/stream/hello_refusal.h"

#include "base/bytes.h"

namespace vf {
namespace {

LinkEnd ToLinkEnd(HelloVerdict verdict) {
  switch (verdict) {
    case HelloVerdict::kOtherCluster:
      return LinkEnd::kOtherCluster;
    case HelloVerdict::kOtherKey:
      return LinkEnd::kOtherKey;
    case HelloVerdict::kOtherProtocol:
      return LinkEnd::kOtherProtocol;
    case HelloVerdict::kOtherFoundation:
      return LinkEnd::kOtherFoundation;
    case HelloVerdict::kAccepted:
    case HelloVerdict::kOtherSettings:
      break;
  }
  return LinkEnd::kOtherSettings;
}

}  // namespace

std::optional<HelloRefusal> JudgeHello(const PeerHello& ours, const PeerHello& theirs,
                                       MemberKey expected) {
  const HelloVerdict verdict = CompareHellos(ours, theirs);
  if (verdict != HelloVerdict::kAccepted) {
    return HelloRefusal{ToLinkEnd(verdict), DescribeVerdict(verdict, ours, theirs)};
  }
  if (expected != kNoMember && theirs.key != expected) {
    return HelloRefusal{LinkEnd::kOtherMember, "member " + ToHex64(theirs.key) + " lives there, " +
                                                   ToHex64(expected) + " was expected"};
  }
  return std::nullopt;
}

}  // namespace vf
