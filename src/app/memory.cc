#include "app/memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace pix::app {

#ifdef NDEBUG

namespace {

/// Of executable segments only: they have no relocations, so what is dropped is what the file holds.
int drop_code(dl_phdr_info* object, std::size_t, void*)
{
    auto const page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0 || (segment.p_flags & PF_W) != 0) continue;
        std::uintptr_t const begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
        std::uintptr_t const end = (object->dlpi_addr + segment.p_vaddr + segment.p_filesz + page - 1) & ~(page - 1);
        ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED); // NOLINT(performance-no-int-to-ptr)
    }
    return 0;
}

} // namespace

#endif

void give_back_memory()
{
    ::malloc_trim(0);
    // A debugger's breakpoints are written into the code and would go with it.
#ifdef NDEBUG
    ::dl_iterate_phdr(drop_code, nullptr);
#endif
}

} // namespace pix::app
