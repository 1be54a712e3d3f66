// Membership frames of the peer protocol: bytes <-> StreamFrame.
//
// Threads: any. Limits are checked before anything is allocated; nothing here throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "gossip/stream/stream_message.h"

namespace vf {

// A frame's body, and the records of one PART.
inline constexpr std::size_t kMaxStreamBodyBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxPartRecords = 1'024;

// Types of membership that this release knows, HELLO and AUTH apart.
bool IsStreamType(std::uint8_t type);
// Those with which a membership connection begins: ECHO and EXCHANGE.
bool IsStreamOpening(std::uint8_t type);

// A whole frame, its length included. REQUIRES: at most kMaxPartRecords in a PART.
std::string EncodeStreamFrame(const StreamFrame& frame);

// A PART in two steps, for those that are sent to many: its fields, made once; and a whole frame of
// them for one asker, appended to `out`. REQUIRES: at most kMaxPartRecords.
std::string EncodePartFields(const Exchange& part);
void AppendPart(std::uint64_t request, std::string_view fields, std::string& out);

// `body`: a frame without its length. None unless it is a valid one of a type that IsStreamType()
// knows; elements behind the known ones are ignored.
std::optional<StreamFrame> DecodeStreamFrame(ByteSpan body);

}  // namespace vf
