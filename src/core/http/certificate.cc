#include "core/http/certificate.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "core/base/id.h"

namespace pix::http {

namespace {

using core::Errc;
using core::fail;
using core::Result;

template <auto function>
struct Free {
    template <class T>
    void operator()(T* object) const
    {
        function(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free_all>>;

constexpr long day = 24L * 60 * 60;
constexpr long ca_days = 3650;
/// Source: Apple's and Chrome's limit for server certificates (CA/Browser Forum ballot SC31).
constexpr long certificate_days = 397;
constexpr int renew_days = 30;

std::string text_of(BIO* memory)
{
    char* data = nullptr;
    long const size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate)
{
    Memory const memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(memory.get(), certificate);
    return text_of(memory.get());
}

std::string to_pem(EVP_PKEY* key)
{
    Memory const memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(memory.get());
}

std::string read_file(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return file ? text.str() : std::string();
}

Certificate read_certificate(const std::filesystem::path& path)
{
    std::string const text = read_file(path);
    Memory const memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    return Certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
}

Key read_key(const std::filesystem::path& path)
{
    std::string const text = read_file(path);
    Memory const memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    return Key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
}

/// Written beside and renamed: nobody ever reads half a file.
Result<void> write_file(const std::filesystem::path& path, const std::string& text, mode_t mode)
{
    std::string const beside = path.string() + ".new";
    int const descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (descriptor < 0) return core::fail_errno(Errc::unavailable, "cannot write " + beside, errno);
    bool const written =
        ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(descriptor) == 0;
    int const error = errno;
    ::close(descriptor);
    if (!written) return core::fail_errno(Errc::unavailable, "cannot write " + beside, error);
    if (::rename(beside.c_str(), path.c_str()) != 0)
        return core::fail_errno(Errc::unavailable, "cannot write " + path.string(), errno);
    return {};
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    if (!extension) return false;
    bool const added = X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

/// A certificate for `key`, signed by `issuer_key`; without `issuer` it signs itself and may sign others.
Certificate make_certificate(EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key, const std::string& common_name,
                             long days, const std::string& alternatives)
{
    Certificate certificate(X509_new());
    X509* const made = certificate.get();
    X509_set_version(made, X509_VERSION_3);
    // 159 bits: positive and at most 20 bytes. Source: RFC 5280 section 4.1.2.2.
    std::array<std::byte, 20> serial;
    core::random_bytes(serial);
    serial[0] &= std::byte{0x7f};
    BIGNUM* const number = BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()), serial.size(), nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made));
    BN_free(number);
    X509_gmtime_adj(X509_getm_notBefore(made), -day); // clocks of other machines may be behind
    X509_gmtime_adj(X509_getm_notAfter(made), days * day);
    X509_set_pubkey(made, key);
    X509_NAME* const name = X509_get_subject_name(made);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()),
                               -1, -1, 0);
    X509_set_issuer_name(made, issuer ? X509_get_subject_name(issuer) : name);
    X509* const by = issuer ? issuer : made;
    bool good =
        add_extension(made, by, NID_basic_constraints, issuer ? "critical,CA:FALSE" : "critical,CA:TRUE,pathlen:0");
    good = good && add_extension(made, by, NID_key_usage,
                                 issuer ? "critical,digitalSignature" : "critical,keyCertSign,cRLSign");
    good = good && add_extension(made, by, NID_subject_key_identifier, "hash");
    if (issuer) {
        good = good && add_extension(made, by, NID_authority_key_identifier, "keyid");
        good = good && add_extension(made, by, NID_ext_key_usage, "serverAuth");
        good = good && add_extension(made, by, NID_subject_alt_name, alternatives);
    }
    if (!good || X509_sign(made, issuer_key, EVP_sha256()) == 0) return nullptr;
    return certificate;
}

bool is_address(const std::string& name)
{
    boost::system::error_code error;
    asio::ip::make_address(name, error);
    return !error;
}

bool covers(X509* certificate, const std::vector<std::string>& names)
{
    for (const std::string& name : names) {
        bool const match = is_address(name) ? X509_check_ip_asc(certificate, name.c_str(), 0) == 1
                                            : X509_check_host(certificate, name.c_str(), name.size(), 0, nullptr) == 1;
        if (!match) return false;
    }
    return true;
}

bool lasts(X509* certificate, int days)
{
    int left_days = 0;
    int left_seconds = 0;
    if (ASN1_TIME_diff(&left_days, &left_seconds, nullptr, X509_get0_notAfter(certificate)) != 1) return false;
    return left_days >= days;
}

} // namespace

std::vector<std::string> certificate_names(const std::vector<std::string>& extra)
{
    std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
    auto const add = [&](const std::string& name) {
        bool const plain = !name.empty() && name.find_first_not_of(
                                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:") ==
                                                std::string::npos;
        if (plain && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    char host[256] = {};
    if (::gethostname(host, sizeof host - 1) == 0) add(host);
    for (const std::string& name : extra)
        if (name != "0.0.0.0" && name != "::") add(name);
    return names;
}

Result<TlsFiles> ensure_certificate(const std::filesystem::path& folder, const std::vector<std::string>& names)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(Errc::unavailable, "cannot make the folder " + folder.string() + ": " + error.message());
    ::chmod(folder.c_str(), 0700);
    std::filesystem::path const ca_file = folder / "ca.pem";
    std::filesystem::path const ca_key_file = folder / "ca.key.pem";
    TlsFiles files{(folder / "cert.pem").string(), (folder / "key.pem").string()};

    Certificate ca = read_certificate(ca_file);
    Certificate certificate = read_certificate(files.certificate);
    Key key = read_key(files.key);
    if (ca && certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1 &&
        X509_verify(certificate.get(), X509_get0_pubkey(ca.get())) == 1 && lasts(certificate.get(), renew_days) &&
        covers(certificate.get(), names))
        return files;

    Key ca_key = read_key(ca_key_file);
    bool const ca_good = ca && ca_key && X509_check_private_key(ca.get(), ca_key.get()) == 1 &&
                         lasts(ca.get(), certificate_days + renew_days);
    if (!ca_good) {
        ca_key.reset(EVP_EC_gen("P-256"));
        ca = make_certificate(ca_key.get(), nullptr, ca_key.get(), "Pix local CA", ca_days, {});
        if (!ca) return fail(Errc::internal, "cannot make a certificate authority");
        PIX_CHECK(write_file(ca_key_file, to_pem(ca_key.get()), 0600));
        PIX_CHECK(write_file(ca_file, to_pem(ca.get()), 0644));
    }
    std::string alternatives;
    for (const std::string& name : names) {
        if (!alternatives.empty()) alternatives += ',';
        alternatives += (is_address(name) ? "IP:" : "DNS:") + name;
    }
    key.reset(EVP_EC_gen("P-256"));
    certificate = make_certificate(key.get(), ca.get(), ca_key.get(), names.empty() ? "localhost" : names.front(),
                                   certificate_days, alternatives);
    if (!certificate) return fail(Errc::internal, "cannot make a certificate for " + alternatives);
    PIX_CHECK(write_file(files.key, to_pem(key.get()), 0600));
    PIX_CHECK(write_file(files.certificate, to_pem(certificate.get()), 0644));
    return files;
}

} // namespace pix::http
