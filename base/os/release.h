// The program's version, as --version and /status show it.
#pragma once

#include <string_view>

namespace vf {

std::string_view Release();  // "0.1.0"

}  // namespace vf
