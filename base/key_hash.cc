#include "base/key_hash.h"

#include <openssl/evp.h>

#include <memory>

#include "base/bytes.h"
#include "base/check.h"

namespace vf {
namespace {

struct Free {
  void operator()(EVP_MD* md) const { EVP_MD_free(md); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

using Algorithm = std::unique_ptr<EVP_MD, Free>;

// Fetching looks through the providers' tables under a lock; a request must not pay for that.
void Digest(const EVP_MD* algorithm, std::string_view input, std::byte* out) {
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  VF_CHECK(context != nullptr && algorithm != nullptr, "OpenSSL offers no SHA");
  unsigned size = 0;
  const bool done =
      EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
      EVP_DigestUpdate(context.get(), input.data(), input.size()) == 1 &&
      EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out), &size) == 1;
  VF_CHECK(done, "OpenSSL failed to hash");
}

}  // namespace

KeyHash HashKey(std::string_view key) {
  static const Algorithm sha1(EVP_MD_fetch(nullptr, "SHA1", nullptr));
  KeyHash hash;
  Digest(sha1.get(), key, hash.bytes.data());
  return hash;
}

std::string KeyHash::Hex() const { return ToHex(bytes); }

std::array<std::byte, 32> Sha256(std::string_view text) {
  static const Algorithm sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  std::array<std::byte, 32> hash;
  Digest(sha256.get(), text, hash.data());
  return hash;
}

std::uint32_t HashClusterName(std::string_view name) {
  return LoadBigEndian<std::uint32_t>(Sha256(name).data());
}

}  // namespace vf
