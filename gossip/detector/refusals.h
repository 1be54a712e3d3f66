// Who was refused at a member's address: nothing listens there, or somebody else does.
//
// A process that is killed while its host stays up announces itself so: ICMP port unreachable, a
// reset connection, NOT_ME. Enough distinct witnesses prove its death without a suspicion. One is
// not enough, and datagrams alone are not: a firewall can answer for a healthy process.
// Witnesses are kept while a probe or a suspicion of the member runs; its owner says when it ends.
// Limits: kMaxWitnesses a member.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "gossip/types.h"

namespace vf {

enum class RefusedBy : std::uint8_t { kDatagram, kStream };

class Refusals {
 public:
  // `witness` was refused where `key` should be, in this boot. Witnesses of another boot are gone.
  void Add(MemberKey key, std::uint64_t boot, MemberKey witness, RefusedBy way);
  // It lives, or is dead, or nobody is after it any more.
  void End(MemberKey key) { members_.erase(key); }
  void Clear() { members_.clear(); }

  // Whether its death is proved. `members`: alive and suspect, this process and `key` included.
  // Three witnesses, or all others if there are fewer; one of them over a stream.
  bool Prove(MemberKey key, std::uint64_t boot, std::size_t members) const;

 private:
  static constexpr std::size_t kWanted = 3;
  static constexpr std::size_t kMaxWitnesses = 8;

  struct Witnesses {
    std::uint64_t boot = 0;
    std::vector<MemberKey> keys;  // distinct
    bool by_stream = false;
  };
  std::map<MemberKey, Witnesses> members_;
};

}  // namespace vf
