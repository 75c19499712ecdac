#pragma once
#include "workbench/pages/pages.h"

namespace pix::workbench {

class Accounts;
class Projects;

/// What the pages show comes from these; both outlive the pages.
PageSources page_sources(Accounts& accounts, Projects& projects);

} // namespace pix::workbench
