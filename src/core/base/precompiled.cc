#include "core/base/precompiled.h"
