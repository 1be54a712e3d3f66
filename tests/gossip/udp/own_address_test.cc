#include "gossip/udp/own_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "gossip/udp/contact_resolver.h"

namespace vf {
namespace {

using ::testing::HasSubstr;

TEST(OwnAddressTest, LooksNamesUpInTheFamilyThatIsSpoken) {
  const auto found = LookUp({"localhost", 7000}, false);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->front(), Endpoint::Loopback(7000));
  for (const Endpoint& endpoint : *found) EXPECT_FALSE(endpoint.is_v6());
}

TEST(OwnAddressTest, SaysWhyANameIsNotFound) {
  const auto found = LookUp({"no-such-host.invalid", 7000}, true);
  EXPECT_FALSE(found.ok());
  const auto advertise = ResolveAdvertise({"no-such-host.invalid", {}}, 8000, true);
  ASSERT_FALSE(advertise.ok());
  EXPECT_THAT(std::string(advertise.status().message()), HasSubstr("--advertise"));
}

TEST(OwnAddressTest, AdvertiseTakesTheOwnPortUnlessItNamesOne) {
  EXPECT_EQ(ResolveAdvertise({"10.0.0.7", {}}, 8000, false)->ToString(), "10.0.0.7:8000");
  EXPECT_EQ(ResolveAdvertise({"10.0.0.7", 80}, 8000, false)->ToString(), "10.0.0.7:80");
  EXPECT_EQ(ResolveAdvertise({"localhost", {}}, 8000, false)->ToString(), "127.0.0.1:8000");
}

TEST(OwnAddressTest, TheRouteToLoopbackIsLoopback) {
  EXPECT_EQ(LocalAddressTowards(Endpoint::Loopback(9))->AddressText(), "127.0.0.1");
  EXPECT_EQ(LocalAddressTowards(*Endpoint::ParseAddress("::1", 9))->AddressText(), "::1");
}

TEST(ContactResolverTest, AnswersForNamesOnlyAndStopsWhenItEnds) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<ContactResolver::Answer> answers;
  {
    const ContactResolver resolver({{"127.0.0.1", 1}, {"localhost", 2}, {"nowhere.invalid", 3}},
                                   false, [&](ContactResolver::Answer answer) {
                                     const std::lock_guard lock(mutex);
                                     answers.push_back(std::move(answer));
                                     changed.notify_all();
                                   });
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, seconds(30), [&] { return answers.size() >= 2; }));
  }
  EXPECT_EQ(answers[0].contact, 1u);
  EXPECT_EQ(answers[0].endpoints, std::vector<Endpoint>{Endpoint::Loopback(2)});
  EXPECT_EQ(answers[1].contact, 2u);
  EXPECT_TRUE(answers[1].endpoints.empty());
  EXPECT_NE(answers[1].error, "");
}

}  // namespace
}  // namespace vf
