#pragma once
#include <boost/asio/posix/stream_descriptor.hpp>

#include "core/base/async.h"
#include "core/process/fd.h"

namespace pix::process {

/// A descriptor that the loop waits for, where someone else holds a duplicate.
///
/// The kernel forgets an epoll registration only when the last duplicate is closed, in whatever process that is, and
/// Asio counts on close() alone: later events would reach whatever Asio put in its place. So it is taken out first.
/// Source:  epoll(7), questions and answers 6.
class Descriptor : public asio::posix::stream_descriptor {
public:
    Descriptor(const asio::any_io_executor& io, Fd fd) : basic_stream_descriptor(io, fd.release()) {}
    Descriptor(Descriptor&&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() { close(); }

    /// Ends all waits with operation_aborted.
    void close()
    {
        if (is_open()) ::close(release());
    }
};

} // namespace pix::process
