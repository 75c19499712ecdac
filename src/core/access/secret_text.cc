#include "core/access/secret_text.h"

#include <sodium.h>

#include "core/base/id.h"
#include "core/base/text.h"

namespace pix::access {

namespace {

std::string random_text(std::size_t size)
{
    std::string bytes(size, '\0');
    core::random_bytes(std::as_writable_bytes(std::span(bytes)));
    return bytes;
}

} // namespace

std::string hash_of(std::string_view text)
{
    std::string hash(crypto_hash_sha256_BYTES, '\0');
    ::crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                         reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return core::hex(hash);
}

std::string random_hex(std::size_t bytes)
{
    return core::hex(random_text(bytes));
}

std::string random_base64url(std::size_t bytes)
{
    std::string text = core::base64_encode(random_text(bytes));
    for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    while (text.ends_with('=')) text.pop_back();
    return text;
}

} // namespace pix::access
