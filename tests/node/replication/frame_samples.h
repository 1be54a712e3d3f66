// One frame of every type of the data protocol, with every field set to something that can be told
// apart; and their bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gossip/member.h"
#include "node/replication/codec.h"
#include "node/replication/message.h"

namespace vf {

MemberRecord LiveMember();
MemberRecord DeadMember();  // its id is known by the key alone
MemberRecord LeftMember();

RecordRef StoredValue();
RecordRef StoredTombstone();

struct SampleFrame {
  const char* name;  // of the file with its recorded bytes
  PeerMessage message;
};
// In the order of their types.
std::vector<SampleFrame> SampleFrames();

std::string Wire(const PeerMessage& message);  // all bytes of a frame as they go out
std::string Body(const PeerMessage& message);  // those behind its length
std::optional<PeerMessage> Decode(std::string_view body);

std::string FromHex(std::string_view hex);

}  // namespace vf
