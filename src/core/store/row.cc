#include "core/store/row.h"

#include <stdexcept>

namespace pix::store {

namespace {

[[noreturn]] void wrong_type(std::size_t column, const char* wanted)
{
    throw std::logic_error("column " + std::to_string(column) + " of a row is not " + wanted);
}

} // namespace

const Value& Row::cell(std::size_t column) const
{
    if (column >= cells_.size()) wrong_type(column, "there");
    return cells_[column];
}

bool Row::is_null(std::size_t column) const
{
    return cell(column).is_null();
}

std::int64_t Row::integer(std::size_t column) const
{
    if (const auto* number = std::get_if<std::int64_t>(&cell(column))) return *number;
    wrong_type(column, "a whole number");
}

double Row::real(std::size_t column) const
{
    const Value& value = cell(column);
    if (const auto* number = std::get_if<double>(&value)) return *number;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
    wrong_type(column, "a number");
}

std::string Row::text(std::size_t column) const
{
    if (const auto* text = std::get_if<std::string>(&cell(column))) return *text;
    wrong_type(column, "text");
}

std::string Row::bytes(std::size_t column) const
{
    if (const auto* bytes = std::get_if<Bytes>(&cell(column))) return bytes->data;
    wrong_type(column, "bytes");
}

std::optional<std::int64_t> Row::maybe_integer(std::size_t column) const
{
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

std::optional<double> Row::maybe_real(std::size_t column) const
{
    if (is_null(column)) return std::nullopt;
    return real(column);
}

std::optional<std::string> Row::maybe_text(std::size_t column) const
{
    if (is_null(column)) return std::nullopt;
    return text(column);
}

} // namespace pix::store
