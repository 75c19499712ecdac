#include "core/process/source.h"

#include <algorithm>
#include <utility>

namespace pix::process {

void Source::hear(Spawner::News news)
{
    if (const auto* exited = std::get_if<Exited>(&news)) {
        const auto found = children.find(exited->number);
        if (found != children.end())
            found->second->on_exit({exited->kind, exited->code, exited->out_of_memory});
        else if (is_expected(exited->number))
            ended[exited->number].exited = *exited;
    } else if (const auto* gone = std::get_if<Gone>(&news)) {
        const auto found = children.find(gone->number);
        if (found != children.end()) {
            const auto state = found->second;
            children.erase(found);
            state->on_gone();
        } else if (is_expected(gone->number)) {
            ended[gone->number].gone = true;
        }
    } else {
        offers.clear();
        const auto lost = std::exchange(children, {});
        for (const auto& [number, state] : lost) {
            state->on_exit({Exit::lost, 0});
            state->on_gone();
        }
    }
}

void Source::take_in(const std::shared_ptr<ChildState>& state, std::vector<Fd> fds)
{
    children.emplace(state->started.number, state);
    ChildState::begin(state, std::move(fds));
    if (const auto early = ended.extract(state->started.number)) {
        const auto& exited = early.mapped().exited;
        if (exited) state->on_exit({exited->kind, exited->code, exited->out_of_memory});
        if (early.mapped().gone) {
            children.erase(state->started.number);
            state->on_gone();
        }
    }
}

bool Source::is_offered(std::uint64_t number) const
{
    return std::any_of(offers.begin(), offers.end(),
                       [number](const Offer& offer) { return offer.kept.child.number == number; });
}

bool Source::has_ended(const Offer& offer) const
{
    const auto heard = ended.find(offer.kept.child.number);
    return offer.kept.exited || (heard != ended.end() && heard->second.exited);
}

std::optional<Offer> Source::take_offer(const std::string& id)
{
    const auto found =
        std::find_if(offers.begin(), offers.end(), [&id](const Offer& o) { return o.kept.child.id == id; });
    if (found == offers.end()) return std::nullopt;
    Offer offer = std::move(*found);
    offers.erase(found);
    return offer;
}

void Source::abandon(const std::string& id)
{
    std::erase_if(offers, [&](const Offer& offer) {
        if (offer.kept.child.id != id) return false;
        let_go(offer);
        return true;
    });
}

void Source::abandon_all()
{
    for (const auto& offer : offers) let_go(offer);
    offers.clear();
}

void Source::let_go(const Offer& offer) const
{
    spawner->stop(offer.kept.child.number, leave_taking);
    spawner->release(offer.kept.child.number);
}

Expecting::Expecting(std::shared_ptr<Source> source) : source_(std::move(source))
{
    ++source_->expecting;
}

Expecting::~Expecting()
{
    if (--source_->expecting > 0) return;
    std::erase_if(source_->ended, [this](const auto& entry) { return !source_->is_offered(entry.first); });
}

} // namespace pix::process
