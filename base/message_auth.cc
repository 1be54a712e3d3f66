#include "base/message_auth.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/check.h"

namespace vf {
namespace {

struct Free {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

const unsigned char* Bytes(ByteSpan span) {
  return reinterpret_cast<const unsigned char*>(span.data());
}

// Fetching looks through the providers' tables under a lock: once a process.
EVP_MAC* Algorithm() {
  static const std::unique_ptr<EVP_MAC, Free> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  VF_CHECK(hmac != nullptr, "OpenSSL offers no HMAC");
  return hmac.get();
}

}  // namespace

struct MessageAuth::State {
  std::unique_ptr<EVP_MAC_CTX, Free> context;
};

MessageAuth::MessageAuth(ByteSpan secret) : state_(std::make_unique<State>()) {
  VF_CHECK(!secret.empty(), "a secret of no bytes");
  state_->context.reset(EVP_MAC_CTX_new(Algorithm()));
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  VF_CHECK(EVP_MAC_init(state_->context.get(), Bytes(secret), secret.size(), parameters) == 1,
           "OpenSSL does not take a secret");
}

MessageAuth::~MessageAuth() = default;
MessageAuth::MessageAuth(MessageAuth&&) noexcept = default;
MessageAuth& MessageAuth::operator=(MessageAuth&&) noexcept = default;

MessageAuth::Tag MessageAuth::Sign(ByteSpan message) {
  Tag tag;
  std::size_t size = 0;
  EVP_MAC_CTX* const context = state_->context.get();
  // Without a secret, it begins anew with the one that it has.
  const bool done =
      EVP_MAC_init(context, nullptr, 0, nullptr) == 1 &&
      EVP_MAC_update(context, Bytes(message), message.size()) == 1 &&
      EVP_MAC_final(context, reinterpret_cast<unsigned char*>(tag.data()), &size, tag.size()) == 1;
  VF_CHECK(done && size == tag.size(), "OpenSSL failed to sign");
  return tag;
}

bool SameTag(ByteSpan a, ByteSpan b) {
  VF_CHECK(a.size() == b.size(), "tags of two sizes");
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace vf
