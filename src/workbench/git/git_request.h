#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/http/request.h"
#include "core/http/response.h"
#include "workbench/git/git_failure.h"

namespace pix::workbench {

/// What a git route is asked with: the query of a GET, the JSON object of a POST. Keys nobody knows are ignored, as the
/// older clients send some.
///
/// Errors: Errc::invalid, naming the field.
class GitRequest {
public:
    static GitResult<GitRequest> read(const http::Request& request, bool about_project = true);

    /// The first of these names that is there with a text; nothing (or null) is the empty text.
    GitResult<std::string> text(std::string_view name, std::string_view alias = {}) const;
    /// The same, and it must not be empty.
    GitResult<std::string> needed(std::string_view name, std::string_view alias = {}) const;
    /// true or false; in a query "true", "false", "1", "0".
    GitResult<bool> flag(std::string_view name, bool otherwise = false) const;
    GitResult<int> number(std::string_view name, int otherwise, int least, int most) const;
    /// A list of texts; nothing if it is absent.
    GitResult<std::optional<std::vector<std::string>>> texts(std::string_view name) const;
    const core::json::value* find(std::string_view name) const;

    const std::string& project() const { return project_; }

private:
    core::json::object fields_;
    bool from_query_ = false;
    std::string project_;
};

/// A failure as the workbench's door shapes it, with the details, files and conflicts beside it.
http::Response git_refusal(const GitFailure& failure, const http::Request& request);

} // namespace pix::workbench
