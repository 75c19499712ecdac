#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace pix::access {

/// What one hash costs: 19 MiB and two passes, one lane, about 25 ms of one core. Source: OWASP Password Storage Cheat
/// Sheet, the first of its equally strong Argon2id settings; more memory would count once for each thread that hashes.
inline constexpr std::size_t password_memory_bytes = 19UL * 1024 * 1024;
inline constexpr unsigned long long password_passes = 2;

/// Longer ones are refused before anything is hashed.
inline constexpr std::size_t max_password_bytes = 1024;

/// An Argon2id hash with its salt and parameters, as text: "$argon2id$v=19$m=19456,t=2,p=1$…".
///
/// Runs on: a pool thread; it takes its time by design. Thread-safe.
/// Errors:  Errc::invalid (too long), Errc::unavailable (no memory).
core::Result<std::string> hash_password(std::string_view password);

/// True if `password` is the one that `hash` was made of. Argon2id of hash_password(), and bcrypt ("$2a$", "$2b$",
/// "$2y$", cost at most 15) of imported accounts; any other text matches nothing.
///
/// Runs on: a pool thread. Thread-safe.
bool verify_password(std::string_view password, const std::string& hash);

/// True for a hash that hash_password() would not make today: it is replaced at the next successful login.
bool is_outdated_hash(const std::string& hash);

/// A hash of hash_password()'s cost that matches nothing: what is verified for an account that does not exist.
const std::string& decoy_hash();

} // namespace pix::access
