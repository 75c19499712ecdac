#include "core/http/form.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/http/head_check.h"

namespace pix::http {

namespace {

using core::Errc;
using core::fail;
using core::Result;

Result<void> check_name(const std::string& name, const FormLimits& limits)
{
    if (name.size() > limits.name_bytes) return fail(Errc::too_large, "a form field's name is too long");
    if (!core::is_utf8(name)) return fail(Errc::invalid, "a form field's name is not UTF-8");
    return {};
}

std::string_view cut(std::string_view& rest, std::string_view separator)
{
    std::size_t const at = rest.find(separator);
    std::string_view const part = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + separator.size());
    return part;
}

/// The last part of a path with either kind of slash: browsers once sent whole paths.
std::string base_name(std::string_view filename)
{
    std::size_t const slash = filename.find_last_of("/\\");
    std::string name = core::to_utf8(slash == std::string_view::npos ? filename : filename.substr(slash + 1));
    std::erase_if(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (name == "." || name == "..") name.clear();
    return name;
}

Result<Part> parse_part(std::string_view head, std::string_view body, const FormLimits& limits)
{
    Part part;
    bool named = false;
    while (!head.empty()) {
        std::string_view const line = cut(head, "\r\n");
        std::size_t const colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
            return fail(Errc::invalid, "a form part has a malformed header");
        std::string_view const name = line.substr(0, colon);
        std::string_view const value = core::trim(line.substr(colon + 1));
        if (core::equals_ignoring_case(name, "content-disposition")) {
            if (named) return fail(Errc::invalid, "a form part has two Content-Disposition headers");
            if (!core::equals_ignoring_case(core::trim(value.substr(0, value.find(';'))), "form-data"))
                return fail(Errc::invalid, "a form part is no form-data");
            auto field = header_parameter(value, "name");
            if (!field) return fail(Errc::invalid, "a form part has no name");
            part.name = *std::move(field);
            named = true;
            if (auto const filename = header_parameter(value, "filename")) {
                part.is_file = true;
                part.filename = base_name(*filename);
            }
        } else if (core::equals_ignoring_case(name, "content-type")) {
            part.content_type = std::string(value.substr(0, 128));
        }
    }
    if (!named) return fail(Errc::invalid, "a form part has no Content-Disposition header");
    PIX_CHECK(check_name(part.name, limits));
    if (part.is_file) {
        if (part.filename.size() > limits.name_bytes) return fail(Errc::too_large, "a file's name is too long");
        if (part.content_type.empty()) part.content_type = "application/octet-stream";
    } else {
        if (body.size() > limits.value_bytes)
            return fail(Errc::too_large, "the form field \"" + part.name + "\" is too large");
        if (!core::is_utf8(body)) return fail(Errc::invalid, "the form field \"" + part.name + "\" is not UTF-8");
    }
    part.bytes = std::string(body);
    return part;
}

} // namespace

std::optional<std::string> Form::first(std::string_view name) const
{
    for (const Part& part : parts_)
        if (!part.is_file && part.name == name) return part.bytes;
    return std::nullopt;
}

std::vector<std::string> Form::all(std::string_view name) const
{
    std::vector<std::string> values;
    for (const Part& part : parts_)
        if (!part.is_file && part.name == name) values.push_back(part.bytes);
    return values;
}

std::vector<Part> Form::files(std::string_view name) const
{
    std::vector<Part> files;
    // A file input that was left empty sends one part without a name and without bytes.
    for (const Part& part : parts_)
        if (part.is_file && part.name == name && !(part.filename.empty() && part.bytes.empty())) files.push_back(part);
    return files;
}

bool Form::has(std::string_view name) const
{
    return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) { return part.name == name; });
}

void Form::add(std::string name, std::string value)
{
    Part part;
    part.name = std::move(name);
    part.bytes = std::move(value);
    parts_.push_back(std::move(part));
}

Result<Form> parse_urlencoded(std::string_view body, const FormLimits& limits)
{
    Form form;
    while (!body.empty()) {
        std::string_view const pair = cut(body, "&");
        if (pair.empty()) continue;
        if (form.parts().size() == limits.parts) return fail(Errc::too_large, "the form has too many fields");
        std::size_t const equals = std::min(pair.find('='), pair.size());
        auto name = core::percent_decode(pair.substr(0, equals), true);
        auto value = core::percent_decode(equals == pair.size() ? std::string_view() : pair.substr(equals + 1), true);
        if (!name || !value) return fail(Errc::invalid, "the form has a broken percent escape");
        PIX_CHECK(check_name(*name, limits));
        if (value->size() > limits.value_bytes)
            return fail(Errc::too_large, "the form field \"" + *name + "\" is too large");
        if (!core::is_utf8(*value)) return fail(Errc::invalid, "the form field \"" + *name + "\" is not UTF-8");
        form.add(*std::move(name), *std::move(value));
    }
    return form;
}

std::optional<std::string> header_parameter(std::string_view value, std::string_view name)
{
    std::size_t at = value.find(';');
    while (at != std::string_view::npos && at < value.size()) {
        ++at;
        while (at < value.size() && (value[at] == ' ' || value[at] == '\t')) ++at;
        std::size_t const key_start = at;
        while (at < value.size() && value[at] != '=' && value[at] != ';') ++at;
        std::string_view const key = core::trim(value.substr(key_start, at - key_start));
        if (at == value.size() || value[at] == ';') continue;
        ++at;
        std::string text;
        if (at < value.size() && value[at] == '"') {
            ++at;
            bool closed = false;
            while (at < value.size() && !closed) {
                // Only \" and \\ are escapes: browsers send a Windows path's backslashes as they are.
                if (value[at] == '\\' && at + 1 < value.size() && (value[at + 1] == '"' || value[at + 1] == '\\')) {
                    text += value[at + 1];
                    at += 2;
                } else if (value[at] == '"') {
                    closed = true;
                    ++at;
                } else {
                    text += value[at++];
                }
            }
            if (!closed) return std::nullopt;
            while (at < value.size() && value[at] != ';') {
                if (value[at] != ' ' && value[at] != '\t') return std::nullopt;
                ++at;
            }
        } else {
            std::size_t const start = at;
            while (at < value.size() && value[at] != ';') ++at;
            text = std::string(core::trim(value.substr(start, at - start)));
        }
        if (core::equals_ignoring_case(key, name)) return text;
    }
    return std::nullopt;
}

Result<Form> parse_multipart(std::string_view body, std::string_view content_type, const FormLimits& limits)
{
    auto const boundary = header_parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > limits.boundary_bytes)
        return fail(Errc::invalid, "the multipart body has no usable boundary");
    std::string const delimiter = "--" + *boundary;
    if (!body.starts_with(delimiter)) {
        // A preamble is allowed, and ends at the first delimiter on a line of its own.
        std::size_t const first = body.find("\r\n" + delimiter);
        if (first == std::string_view::npos) return fail(Errc::invalid, "the multipart body has no boundary line");
        body.remove_prefix(first + 2);
    }
    body.remove_prefix(delimiter.size());

    std::string const separator = "\r\n" + delimiter;
    Form form;
    while (!body.starts_with("--")) {
        // Blanks may stand behind the boundary. Source: RFC 2046 section 5.1.1.
        while (!body.empty() && (body.front() == ' ' || body.front() == '\t')) body.remove_prefix(1);
        if (!body.starts_with("\r\n")) return fail(Errc::invalid, "a boundary line of the multipart body is malformed");
        body.remove_prefix(2);
        if (form.parts().size() == limits.parts) return fail(Errc::too_large, "the form has too many parts");

        if (body.starts_with("\r\n")) return fail(Errc::invalid, "a form part has no headers");
        std::size_t const head_end = body.substr(0, limits.part_header_bytes + 4).find("\r\n\r\n");
        if (head_end == std::string_view::npos)
            return body.size() > limits.part_header_bytes
                       ? Result<Form>(fail(Errc::too_large, "a form part's headers are too large"))
                       : Result<Form>(fail(Errc::invalid, "a form part's headers do not end"));
        std::string_view const head = body.substr(0, head_end);
        body.remove_prefix(head_end + 4);

        std::size_t const end = body.find(separator);
        if (end == std::string_view::npos)
            return fail(Errc::invalid, "the multipart body ends in the middle of a part");
        PIX_TRY(auto part, parse_part(head, body.substr(0, end), limits));
        form.add(std::move(part));
        body.remove_prefix(end + separator.size());
    }
    return form;
}

} // namespace pix::http
