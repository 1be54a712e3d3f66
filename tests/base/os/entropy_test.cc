#include "base/os/entropy.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(EntropyTest, DrawsDiffer) {
  EXPECT_NE(Entropy64(), Entropy64());
  EXPECT_NE(Entropy128(), Entropy128());
}

}  // namespace
}  // namespace vf
