// flags -> config -> App -> run; no other decision is made here.
#include "cli/cli.h"

int main(int argc, char** argv)
{
    return pix::cli::run(argc, argv);
}
