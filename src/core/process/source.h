#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/process/child_state.h"
#include "core/process/fd.h"
#include "core/process/message.h"
#include "core/process/spawner.h"

namespace pix::process {

/// How long a program that nobody wants any more has between TERM and KILL.
inline constexpr std::chrono::seconds leave_taking{2};

/// One parent of children (a guardian, or this process), and the children that it has for us.
///
/// Runs on: the io thread.
/// Owns:    its connection to the parent, and what it holds of the children until nothing of them is left.
struct Source {
    std::shared_ptr<Spawner> spawner;
    std::map<std::uint64_t, std::shared_ptr<ChildState>> children; ///< until nothing of them is left
    std::vector<Offer> offers;                                     ///< not taken over yet

    /// What was heard of a child that is not in `children` yet: it may end before whoever asked for it has resumed.
    struct Ended {
        std::optional<Exited> exited;
        bool gone = false;
    };
    std::map<std::uint64_t, Ended> ended;
    int expecting = 0; ///< how many wait for a child that may already be here

    void hear(Spawner::News news);
    /// Counts the child among `children`, reads from it, and gives it the news that came early.
    void take_in(const std::shared_ptr<ChildState>& state, std::vector<Fd> fds);

    bool is_offered(std::uint64_t number) const;
    bool has_ended(const Offer& offer) const;
    /// Hands the offer out; none when there is no child with this id among them.
    std::optional<Offer> take_offer(const std::string& id);
    /// Stops the child with this id, if it is offered.
    void abandon(const std::string& id);
    void abandon_all();

private:
    bool is_expected(std::uint64_t number) const { return expecting > 0 || is_offered(number); }
    void let_go(const Offer& offer) const;
};

/// Keeps early news of a source's children while someone waits for one.
class Expecting {
public:
    explicit Expecting(std::shared_ptr<Source> source);
    ~Expecting();
    Expecting(const Expecting&) = delete;
    Expecting& operator=(const Expecting&) = delete;

private:
    std::shared_ptr<Source> source_;
};

} // namespace pix::process
