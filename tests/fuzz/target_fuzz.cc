// Any request target that the framer lets through: one operation or one refusal, within the limits.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "http/kv_service.h"
#include "http/method.h"
#include "http/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr vf::Method kMethods[] = {vf::Method::kGet, vf::Method::kHead,   vf::Method::kPost,
                                     vf::Method::kPut, vf::Method::kDelete, vf::Method::kPatch};
  const vf::Method method = kMethods[data[0] % std::size(kMethods)];
  std::string text;
  for (std::size_t i = 1; i < size; ++i) {
    if (data[i] > 0x20 && data[i] != 0x7f) text.push_back(static_cast<char>(data[i]));
  }
  if (text.empty()) return 0;
  const vf::Target target = vf::ParseTarget(method, text, {});
  switch (target.operation) {
    case vf::Operation::kRefused:
      VF_CHECK(target.refusal.status >= 400 && target.refusal.status < 600,
               "refusal without status");
      VF_CHECK(!target.refusal.text.empty(), "refusal without text");
      VF_CHECK(target.refusal.text.find('\r') == std::string::npos, "text with a line end");
      break;
    case vf::Operation::kPage:
    case vf::Operation::kLeave:
      break;
    case vf::Operation::kForget:
      VF_CHECK(target.member_id.size() == 32, "an id of another length");
      break;
    case vf::Operation::kGet:
    case vf::Operation::kPut:
    case vf::Operation::kDelete:
      VF_CHECK(!target.key.empty() && target.key.size() <= vf::kMaxKeyBytes, "key out of range");
  }
  return 0;
}
