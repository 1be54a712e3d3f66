#include "base/os/release.h"

namespace vf {

std::string_view Release() { return VF_RELEASE; }

}  // namespace vf
