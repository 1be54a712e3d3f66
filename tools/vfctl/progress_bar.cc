#include "tools/vfctl/progress_bar.h"

#include <cstddef>

namespace vf::ctl {
namespace {

constexpr std::size_t kWidth = 30;

}  // namespace

std::string ProgressBar(std::uint64_t done, std::uint64_t all) {
  std::size_t filled = kWidth;
  if (done < all) {
    const double share = static_cast<double>(done) / static_cast<double>(all);
    filled = static_cast<std::size_t>(share * static_cast<double>(kWidth));
    if (filled == kWidth) --filled;
  }
  return "[" + std::string(filled, '#') + std::string(kWidth - filled, '.') + "]";
}

}  // namespace vf::ctl
