#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/store/value.h"

namespace pix::store {

/// One row of an answer, read by column number from 0.
///
/// Errors: a column that does not exist, or holds another type than asked for, is our mistake: std::logic_error.
class Row {
public:
    explicit Row(std::vector<Value> cells) : cells_(std::move(cells)) {}

    std::size_t size() const { return cells_.size(); }
    bool is_null(std::size_t column) const;
    std::int64_t integer(std::size_t column) const;
    bool boolean(std::size_t column) const { return integer(column) != 0; }
    /// A whole number counts as well.
    double real(std::size_t column) const;
    std::string text(std::size_t column) const;
    std::string bytes(std::size_t column) const;
    std::optional<std::int64_t> maybe_integer(std::size_t column) const;
    std::optional<double> maybe_real(std::size_t column) const;
    std::optional<std::string> maybe_text(std::size_t column) const;

private:
    const Value& cell(std::size_t column) const;

    std::vector<Value> cells_;
};

using Rows = std::vector<Row>;

} // namespace pix::store
