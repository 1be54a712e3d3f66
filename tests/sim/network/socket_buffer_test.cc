#include "tools/cluster-sim/network/socket_buffer.h"

#include <gtest/gtest.h>

namespace vf::sim {
namespace {

TEST(SocketBufferTest, WhatFindsNoRoomIsDroppedUntilSomethingIsRead) {
  SocketBuffer buffer(4'000);
  int taken = 0;
  while (buffer.Take(100)) ++taken;
  EXPECT_GT(taken, 1);
  EXPECT_FALSE(buffer.Take(1));
  buffer.Give(100);
  EXPECT_TRUE(buffer.Take(100));
  EXPECT_FALSE(buffer.Take(100));
}

}  // namespace
}  // namespace vf::sim
