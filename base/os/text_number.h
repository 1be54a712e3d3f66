// Numbers as people write them in options: strict, no sign, no wrap-around.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vf {

// Decimal digits only, `low` to `high`; none for anything else.
std::optional<std::uint64_t> ParseWhole(std::string_view text, std::uint64_t low,
                                        std::uint64_t high);

// A whole number, or one with K, M or G behind it (powers of 1024); none for anything else and for
// what does not fit 64 bits.
std::optional<std::uint64_t> ParseByteSize(std::string_view text);

// "16M" for 16777216: the shortest form that ParseByteSize() reads back.
std::string ByteSizeText(std::uint64_t bytes);

}  // namespace vf
