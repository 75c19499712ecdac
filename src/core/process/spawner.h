#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/process/channel.h"
#include "core/process/message.h"
#include "core/process/nest.h"

namespace pix::process {

/// Whoever is the parent of children: this process or a guardian.
///
/// Runs on: the io thread. The listener is called from the loop, never from within one of these functions.
class Spawner {
public:
    struct Lost {}; ///< the guardian is gone, and with it every word about its children
    using News = std::variant<Exited, Gone, Lost>;
    using Listener = std::function<void(News)>;

    virtual ~Spawner() = default;

    virtual awaitable<core::Result<Nest::Birth>> spawn(Spawn request, std::shared_ptr<Fd> input) = 0;
    virtual void signal(std::uint64_t number, int signal) = 0;
    virtual void stop(std::uint64_t number, std::chrono::milliseconds grace) = 0;
    virtual void close_input(std::uint64_t number) = 0;
    virtual void release(std::uint64_t number) = 0;
    /// Says nothing more to its listener.
    virtual void close() = 0;
};

/// A child whose guardian offers it to a new server.
struct Offer {
    Kept kept;
    std::vector<Fd> fds;
};

/// Starts programs from this process.
std::shared_ptr<Spawner> make_local_spawner(asio::any_io_executor io, std::string home, Spawner::Listener listener);

/// Has them started by the guardian at the other end of `socket`.
std::shared_ptr<Spawner> make_guardian_spawner(asio::any_io_executor io, Fd socket, Hello hello,
                                               Spawner::Listener listener);

/// Connects to a guardian that lost its server, and fills `offers` with what it keeps.
awaitable<core::Result<std::shared_ptr<Spawner>>> take_over(asio::any_io_executor io, std::shared_ptr<Fd> socket,
                                                            Hello hello, Spawner::Listener listener,
                                                            std::shared_ptr<std::vector<Offer>> offers);

} // namespace pix::process
