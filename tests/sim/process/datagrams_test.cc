#include "tools/cluster-sim/process/datagrams.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vf::sim {
namespace {

class DatagramsTest : public testing::Test, protected DatagramReceiver {
 protected:
  DatagramsTest() : network(NetworkSpec(), 2, Rng(1)), datagrams(loop, network, *this) {}

  bool IsHostUp(HostNumber) const override { return up; }
  bool OnDatagram(HostNumber host, HostNumber from, std::vector<std::byte>& bytes) override {
    heard += std::to_string(from) + "->" + std::to_string(host) + ":" +
             std::to_string(bytes.size()) + ";";
    return listens;
  }
  void OnRefusal(ProcessNumber process, HostNumber by) override {
    heard += "refused " + std::to_string(process) + " by " + std::to_string(by) + ";";
  }
  std::string SendOne() {
    datagrams.Send(7, 0, 1, std::vector<std::byte>(5));
    loop.RunUntil(loop.now() + seconds(1));
    return heard;
  }

  Loop loop;
  Network network;
  Datagrams datagrams;
  bool up = true;
  bool listens = true;
  std::string heard;
};

TEST_F(DatagramsTest, ArrivesOnce) { EXPECT_EQ(SendOne(), "0->1:5;"); }

TEST_F(DatagramsTest, TheSenderHearsThatNobodyListens) {
  listens = false;
  EXPECT_EQ(SendOne(), "0->1:5;refused 7 by 1;");
}

TEST_F(DatagramsTest, AHostWithoutPowerSaysNothing) {
  up = false;
  EXPECT_EQ(SendOne(), "");
}

TEST_F(DatagramsTest, TheTraceHashCoversTheBytes) {
  Loop other;
  Network same(NetworkSpec(), 2, Rng(1));
  Datagrams others(other, same, *this);
  others.Send(7, 0, 1, std::vector<std::byte>(5, std::byte{1}));
  other.RunUntil(other.now() + seconds(1));
  SendOne();
  EXPECT_NE(other.trace().value(), loop.trace().value());
}

}  // namespace
}  // namespace vf::sim
