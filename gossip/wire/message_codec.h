// Messages as elements of a datagram: [type, field...], as docs/gossip-protocol.md shows them.
//
// Threads: any. Pure; nothing here throws.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gossip/wire/message.h"
#include "gossip/wire/msgpack_reader.h"
#include "gossip/wire/msgpack_writer.h"

namespace vf {

inline constexpr std::size_t kMaxTextBytes = 255;  // any string; longer ones are cut

void WriteMessage(DatagramWriter& out, const Message& message);
void WriteUpdate(DatagramWriter& out, const Update& update);

// `item`: the elements of one message. False, and `out` unchanged, if its type is unknown, which is
// no error; `item` is not ok if it is no valid message. Updates of unknown types in a BATCH are
// left out.
bool ReadMessage(MsgpackReader& item, Message& out);

}  // namespace vf
