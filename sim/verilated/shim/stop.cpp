// What `$finish`, `$stop`, `$fatal` and Verilator's own errors do: they end the model, not the
// process. Verilator's defaults call exit and abort.

#include "stop.h"
#include "verilated.h"

void vl_finish(const char*, int, const char*) { Verilated::threadContextp()->gotFinish(true); }

void vl_stop(const char* file, int line, const char* scope) {
    vl_fatal(file, line, scope, "$stop");
}

void vl_fatal(const char* file, int line, const char*, const char* message) {
    VL_PRINTF("%s:%d: %s\n", file == nullptr ? "" : file, line, message);
    Verilated::threadContextp()->gotError(true);
    Verilated::threadContextp()->gotFinish(true);
    throw Stopped{};
}
