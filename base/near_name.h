// What an unknown name was probably meant to be.
//
// Threads: any.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vf {

// The one of `known` that is nearest to `name` and at most two edits away, the first of several;
// none if there is no such. An edit is a character added, removed or replaced.
std::optional<std::string> NearName(std::string_view name, std::span<const std::string> known);

}  // namespace vf
