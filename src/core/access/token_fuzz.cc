#include <cstdint>
#include <string>

#include "core/access/token.h"

/// Tokens come from anybody: whatever is sent is refused or read, and only our own signature is let in.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const pix::access::TokenSigner signer("a secret that the input does not know");
    std::string const token(reinterpret_cast<const char*>(data), size);
    if (signer.verify(token, 1'700'000'000)) __builtin_trap();
    return 0;
}
