#include "gossip/detector/refusals.h"

#include <algorithm>

namespace vf {

void Refusals::Add(MemberKey key, std::uint64_t boot, MemberKey witness, RefusedBy way) {
  Witnesses& here = members_[key];
  if (here.boot != boot) here = {boot, {}, false};
  if (way == RefusedBy::kStream) here.by_stream = true;
  if (here.keys.size() >= kMaxWitnesses) return;
  if (std::find(here.keys.begin(), here.keys.end(), witness) == here.keys.end()) {
    here.keys.push_back(witness);
  }
}

bool Refusals::Prove(MemberKey key, std::uint64_t boot, std::size_t members) const {
  const auto it = members_.find(key);
  if (it == members_.end() || it->second.boot != boot || !it->second.by_stream) return false;
  const std::size_t others = std::max<std::size_t>(members, 2) - 1;
  return it->second.keys.size() >= std::min(kWanted, others);
}

}  // namespace vf
