#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workbench/git/patch.h"
#include "workbench/git/porcelain_status.h"

namespace pix::workbench {

/// The state of a project's repository. File names are relative to the project's folder.
struct GitStatus {
    std::string branch; ///< short hash when detached
    bool detached = false;
    bool has_commits = false;
    bool is_repository = true;
    std::string upstream;
    int ahead = 0;
    int behind = 0;
    std::vector<StatusEntry> entries;
    std::string operation; ///< "merge", "rebase", "cherry-pick", "revert", "bisect"; empty: none is under way
};

/// What to compare.
struct DiffQuestion {
    std::string file; ///< empty: all of the project
    bool staged = false;
    bool either = false; ///< with a file: its staged changes when it has no others
    std::string commit;  ///< the changes of one commit
    std::string range;   ///< "a..b"
    int context = 3;
};

struct GitDiff {
    std::string text;
    bool binary = false;
    bool truncated = false;
    bool staged = false;
    bool untracked = false;
};

struct GitBranches {
    std::string current;
    std::vector<std::string> local;
    std::vector<std::string> remote;
};

/// What a command that changes something said.
struct GitDone {
    std::string output;
    std::string message;
    std::string hash; ///< of what was made, where something was
};

struct CommitRequest {
    std::string message;
    std::optional<std::vector<std::string>> files;
    bool amend = false;
    bool sign_off = false;
    bool all = false; ///< every change of tracked files
};

/// Hunks or lines of one file.
struct PartRequest {
    std::string file;
    std::vector<HunkChoice> hunks;
};

/// One commit of a log.
struct GitCommit {
    std::string hash;
    std::vector<std::string> parents;
    std::string author;
    std::string email;
    std::string date; ///< of the author, ISO 8601 with offset
    std::string committer;
    std::string message;           ///< all of it
    std::vector<std::string> refs; ///< "main", "origin/main", "v1"
    bool is_head = false;
    std::string stats; ///< "2 files changed, ..."; empty for merges
};

struct LogQuestion {
    int limit = 10;
    int skip = 0;
    std::string branch; ///< one ref or range; empty: all branches and tags
    std::string file;   ///< only what touches it
    std::string search; ///< in messages, as text
    std::string author;
    bool stats = true;
};

struct GitLog {
    std::vector<GitCommit> commits;
    bool has_more = false;
};

/// What a commit did to one file.
struct ChangedFile {
    std::string path;
    std::string old_path; ///< of a rename or copy
    char status = 'M';
    int additions = -1; ///< -1: binary
    int deletions = -1;
};

struct GitStash {
    int index = 0;
    std::string hash;
    std::string message;
    std::int64_t at = 0; ///< seconds since 1970
};

struct StashRequest {
    std::string message;
    bool untracked = false;
    bool staged = false;
    std::optional<std::vector<std::string>> files;
};

struct PushRequest {
    std::string remote;
    std::string branch;
    bool force = false; ///< with lease
    bool set_upstream = false;
};

struct GitRemote {
    std::string name;
    std::string fetch_url; ///< without user and password
    std::string push_url;
};

/// A file on which two sides do not agree.
struct GitConflict {
    std::string path;
    std::string base, ours, theirs; ///< object ids; empty where the side has no such file
};

struct ConflictTexts {
    std::optional<std::string> base, ours, theirs, current;
};

struct GitWorktree {
    std::string path;
    std::string branch; ///< empty when detached
    std::string head;
    bool main = false;
    bool locked = false;
    bool prunable = false;
};

struct WorktreeRequest {
    std::string branch;
    std::string base;
    std::string path;
};

/// Something discarded that can be taken back.
struct Discarded {
    std::string id;
    std::vector<std::string> files;
    std::int64_t at = 0; ///< seconds since 1970
};

struct FileVersions {
    std::string current;
    std::string old;
    bool deleted = false;
    bool untracked = false;
    bool binary = false;
};

struct BlameLine {
    std::string hash;
    std::string author;
    std::string email;
    std::int64_t at = 0; ///< seconds since 1970
    std::string summary;
    int first = 0; ///< line in the file, from 1
    int count = 0;
};

struct GitIdentity {
    std::string name;
    std::string email;
};

struct CloneRequest {
    std::string url;
    std::string path; ///< absolute
    std::string branch;
    int depth = 0;
};

/// How far a clone is.
struct CloneProgress {
    std::string stage; ///< "Receiving objects"
    int percent = 0;
};

} // namespace pix::workbench
