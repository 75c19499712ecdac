#pragma once
#include <vector>

#include "core/store/migration.h"

namespace pix::tools {

/// The tables of the tools area; numbers 300 to 399 are its own.
extern const std::vector<store::Migration> tool_migrations;

} // namespace pix::tools
