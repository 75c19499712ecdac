#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <optional>

#include "cli/commands.h"
#include "cli/data_access.h"

namespace pix::cli {

namespace {

/// The terminal's echo, off for as long as this lives.
class SilentTerminal {
public:
    SilentTerminal()
    {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    ~SilentTerminal()
    {
        if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    SilentTerminal(const SilentTerminal&) = delete;
    SilentTerminal& operator=(const SilentTerminal&) = delete;

private:
    termios before_{};
    bool changed_ = false;
};

/// A line from a person, or from a pipe without asking. Nothing at the end of the input.
std::optional<std::string> read_secret(const char* question)
{
    bool const asked = ::isatty(STDIN_FILENO) == 1;
    SilentTerminal const silent;
    if (asked) std::fputs(question, stderr);
    std::string line;
    bool const read = static_cast<bool>(std::getline(std::cin, line));
    if (asked) std::fputc('\n', stderr);
    if (!read) return std::nullopt;
    return line;
}

} // namespace

int user_reset_password(const Call& call, const std::string& name)
{
    auto const password = read_secret("New password: ");
    if (!password) {
        std::fputs("No password was given; nothing has changed.\n", stderr);
        return 1;
    }
    if (::isatty(STDIN_FILENO) == 1 && read_secret("Once more: ") != password) {
        std::fputs("The two are not the same; nothing has changed.\n", stderr);
        return 1;
    }
    auto const answer = ask_data(call.config, "users.reset_password", {{"name", name}, {"password", *password}});
    if (!answer) return print_error(answer.error());
    std::fputs((member(answer->as_object(), "message") + "\n").c_str(), stdout);
    return 0;
}

} // namespace pix::cli
