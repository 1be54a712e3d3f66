// A HELLO that fits every other one of these.
#pragma once

#include "gossip/wire/hello.h"

namespace vf {

inline PeerHello HelloOf(MemberKey key) {
  PeerHello hello;
  hello.cluster_hash = 7;
  hello.foundation = {1, 2};
  hello.key = key;
  hello.replicas = 3;
  hello.partition_digits = 2;
  return hello;
}

}  // namespace vf
