#pragma once

namespace pix::app {

/// Gives back what only the start needed: free pages of the heap, and pages of code that will be read again from the
/// page cache when they are run. Call once everything is made.
void give_back_memory();

} // namespace pix::app
