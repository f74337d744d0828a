// A top whose ports are reached by their names.

#include "model.h"

extern "C" const Top JOIN(TOP, _top) = {
    make_model, destroy_model, settle_model, edge_model, set_port, port_value,
    port_list,  port_count,    nullptr,      nullptr,    nullptr,
};
