#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pix::workbench {

/// The rules of one .gitignore, and below it of the folders above.
///
/// Runs on: any thread; immutable once made.
/// Units:   reads at most 1 MiB and 10,000 rules of a file; what follows is not looked at.
/// Source:  gitignore(5).
class IgnoreRules {
public:
    /// `folder` is where the file stands, relative to the project, "" for the root; `outer` are the rules above.
    IgnoreRules(std::string folder, std::string_view text, std::shared_ptr<const IgnoreRules> outer = {});

    /// Whether the rules name `path` (relative to the project, at or below `folder`): the last rule that matches
    /// decides, inner files before outer ones. Whether a folder above is ignored is not asked: such are not entered.
    bool ignores(std::string_view path, bool is_folder) const;

    std::size_t size() const { return rules_.size(); }

private:
    struct Rule {
        std::vector<std::string> parts; ///< "**" stands for any number of folders
        bool is_negated = false;
        bool is_for_folders = false;
        bool is_anchored = false; ///< matches the whole path below `folder`, not only the name
    };
    static std::optional<Rule> read_rule(std::string_view line);
    std::optional<bool> decide(std::string_view path, bool is_folder) const;

    std::string folder_;
    std::vector<Rule> rules_;
    std::shared_ptr<const IgnoreRules> outer_;
};

/// Whether one part of a path fits a pattern with `*`, `?`, `[a-z]`, `[!a-z]` and `\`. Takes time in proportion to the
/// product of both lengths at most.
bool matches_glob(std::string_view pattern, std::string_view text);

} // namespace pix::workbench
