// Any bytes, cut anywhere: the framer gives the same requests and refusals as for the whole.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "http/framer.h"

namespace vf {
namespace {

// What comes out of a stream that is read in pieces of `step` bytes.
std::string Frame(std::string_view stream, std::size_t step) {
  FramerLimits limits;
  limits.max_body_bytes = 4096;
  RequestFramer framer(limits);
  std::string result;
  while (!stream.empty()) {
    std::string_view read = stream.substr(0, step);
    stream.remove_prefix(read.size());
    while (!read.empty()) {
      const FrameResult fed = framer.Feed(AsBytes(read));
      VF_CHECK(fed.consumed <= read.size(), "more consumed than given");
      read.remove_prefix(fed.consumed);
      if (fed.kind == FrameResult::Kind::kRefused) {
        return result + "refused " + std::to_string(framer.refusal().status);
      }
      if (fed.kind == FrameResult::Kind::kRequest) {
        const HttpRequest& request = framer.request();
        VF_CHECK(request.body.size() <= limits.max_body_bytes, "body over the limit");
        VF_CHECK(!request.target.empty(), "empty target");
        result += std::to_string(static_cast<int>(request.method)) + request.target + "\n" +
                  request.body + "\n";
      }
    }
  }
  return result;
}

}  // namespace
}  // namespace vf

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 64;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  VF_CHECK(vf::Frame(stream, step) == vf::Frame(stream, size), "a split changes the requests");
  return 0;
}
