#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/http/door.h"

namespace pix::http {

/// The door's own certificate: `<folder>/{ca,cert,key}.pem`, P-256, made when absent and renewed when it runs out
/// within 30 days or does not cover `names`. The CA lasts ten years, the certificate 397 days (what browsers accept).
///
/// Runs on: start-up; it blocks.
/// Owns:    the folder, mode 0700; keys have 0600. The CA's key is kept as ca.key.pem, so that clients that trust
/// ca.pem
///          go on trusting renewed certificates.
/// Errors:  Errc::unavailable when the folder cannot be written or a file is no PEM.
core::Result<TlsFiles> ensure_certificate(const std::filesystem::path& folder, const std::vector<std::string>& names);

/// Names that a certificate of this machine covers: localhost, both loopback addresses, the host name, and `extra`.
std::vector<std::string> certificate_names(const std::vector<std::string>& extra);

} // namespace pix::http
