#include "tools/cluster-sim/main_version.h"

#include <vf_sim_commit.h>  // VF_SIM_COMMIT; written at each build by commit.cmake

#include "base/os/release.h"

namespace vf::sim {

std::string VersionText() {
  std::string text(Release());
  const std::string commit = VF_SIM_COMMIT;
  if (!commit.empty()) text += " (" + commit + ")";
  return text;
}

}  // namespace vf::sim
