#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "tools/run.h"
#include "tools/tool_schema.h"

namespace pix::tools {

struct ArtefactLimits {
    std::size_t max_files = 10'000;        ///< a run
    std::uint64_t max_bytes = 10ULL << 30; ///< a run
    std::size_t inline_bytes = 65'536;     ///< a larger output value becomes a file
};

/// An output value that was written to a file: the row for it, and what stands in the outputs instead.
struct SpilledValue {
    Artefact artefact;
    json::object reference; ///< without `_artefact_id` and `url`, which the row's id gives
};

/// The files of runs: `<root>/<tool id>/<run id>/…`, folders with mode 700.
///
/// Runs on: any thread; everything here blocks on the file system, so call it on a pool.
/// Errors:  Errc::invalid (an id that is not a plain name), Errc::unavailable (disk full, not writable).
class ArtefactFolder {
public:
    ArtefactFolder(std::filesystem::path root, ArtefactLimits limits);

    const std::filesystem::path& root() const { return root_; }
    const ArtefactLimits& limits() const { return limits_; }
    std::filesystem::path path_of(const std::string& tool_id, const std::string& run_id) const;

    core::Result<std::filesystem::path> make(const std::string& tool_id, const std::string& run_id) const;
    /// Rows for all files that the tool left in its folder; removes the folder when there is none. Partial files,
    /// dot-files and links are left out.
    std::vector<Artefact> collect(const std::string& tool_id, const std::string& run_id, core::Millis at) const;
    /// Writes media and large values of `outputs` to files and takes them out of it.
    core::Result<std::vector<SpilledValue>> spill(const std::string& tool_id, const std::string& run_id,
                                                  const ToolSchema& schema, json::object& outputs,
                                                  core::Millis at) const;
    void remove(const std::string& tool_id, const std::string& run_id) const;
    /// Bytes of all files of a run, counted until they exceed the limit.
    std::uint64_t size_of(const std::string& tool_id, const std::string& run_id) const;

    /// The file behind a stored path. Errors: Errc::forbidden (leads out of the root), Errc::gone.
    core::Result<std::filesystem::path> resolve(const std::string& rel_path) const;

private:
    std::filesystem::path root_;
    ArtefactLimits limits_;
};

/// By the file name's extension; application/octet-stream when unknown.
std::string mime_of(std::string_view filename);

/// What a person may see of a file's name: names that sound like secrets are replaced.
std::string shown_filename(const std::string& filename);

/// True for a folder name that an id may become: no separator, no leading dot or underscore, at most 200 bytes.
bool is_plain_name(std::string_view text);

} // namespace pix::tools
