#include "gossip/wire/hello.h"

#include <algorithm>

namespace vf {
namespace {

bool BothKnownAndDiffer(std::uint8_t a, std::uint8_t b) { return a != 0 && b != 0 && a != b; }

std::string FoundationText(const Foundation& foundation) {
  return ToHex64(foundation.founded_ms) + ToHex64(foundation.random);
}

std::string RangeText(const PeerHello& hello) {
  return std::to_string(hello.proto_min) + " to " + std::to_string(hello.proto_max);
}

std::string SettingsText(const PeerHello& hello) {
  return std::to_string(hello.replicas) + " replicas and " +
         std::to_string(hello.partition_digits) + " partition digits";
}

}  // namespace

HelloVerdict CompareHellos(const PeerHello& ours, const PeerHello& theirs) {
  if (ours.cluster_hash != theirs.cluster_hash) return HelloVerdict::kOtherCluster;
  if (ours.signs != theirs.signs) return HelloVerdict::kOtherKey;
  if (std::max(ours.proto_min, theirs.proto_min) > std::min(ours.proto_max, theirs.proto_max)) {
    return HelloVerdict::kOtherProtocol;
  }
  if (ours.foundation.IsFounded() && theirs.foundation.IsFounded() &&
      ours.foundation != theirs.foundation) {
    return HelloVerdict::kOtherFoundation;
  }
  if (BothKnownAndDiffer(ours.replicas, theirs.replicas) ||
      BothKnownAndDiffer(ours.partition_digits, theirs.partition_digits)) {
    return HelloVerdict::kOtherSettings;
  }
  return HelloVerdict::kAccepted;
}

std::string DescribeVerdict(HelloVerdict verdict, const PeerHello& ours, const PeerHello& theirs) {
  switch (verdict) {
    case HelloVerdict::kAccepted:
      break;
    case HelloVerdict::kOtherCluster:
      return "it belongs to a cluster of another name (--cluster)";
    case HelloVerdict::kOtherKey:
      return std::string(theirs.signs ? "it has a cluster key, and this process has none"
                                      : "it has no cluster key, and this process has one") +
             " (--cluster-key-file)";
    case HelloVerdict::kOtherProtocol:
      return "it speaks peer protocol " + RangeText(theirs) + ", this process " + RangeText(ours);
    case HelloVerdict::kOtherFoundation:
      return "its cluster has the same name but was founded apart (" +
             FoundationText(theirs.foundation) + ", this one " + FoundationText(ours.foundation) +
             "); such clusters never merge";
    case HelloVerdict::kOtherSettings:
      return "it works with " + SettingsText(theirs) + ", this process with " + SettingsText(ours);
  }
  return "";
}

}  // namespace vf
