// Where a statement about a member comes from, and what that is worth.
#pragma once

#include "base/endpoint.h"
#include "gossip/types.h"

namespace vf {

struct StatementSource {
  MemberKey key = kNoMember;
  Endpoint endpoint;
  bool doubtful = false;    // a death it tells is a suspicion first
  bool first_hand = false;  // the member itself says so, admitted by a handshake
  bool quiet = false;       // do not spread it: its subject does
  bool on_ping = false;     // what the sender says of itself on a ping, it spreads itself
  bool introduced = false;  // we let it in: its news goes with that of other newcomers

  // An answer of the data path.
  static StatementSource DataPath() { return StatementSource().Doubted(); }
  StatementSource Doubted() const {
    StatementSource source = *this;
    source.doubtful = true;
    return source;
  }
  // `proved`: the member itself speaks, from the address of its record.
  StatementSource Proved(bool proved = true) const {
    StatementSource source = *this;
    source.first_hand = proved;
    return source;
  }
  // Sets it either way.
  StatementSource Quieted(bool quieted) const {
    StatementSource source = *this;
    source.quiet = quieted;
    return source;
  }
  // A JOIN that carries our foundation: what it says of itself is as good as a member's word.
  StatementSource Introduced() const {
    StatementSource source = *this;
    source.introduced = true;
    source.doubtful = false;
    return source;
  }
};

}  // namespace vf
