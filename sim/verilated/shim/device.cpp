// A top with the pins of `card`: all of them move in one call per clock cycle.

#include <string>

#include "model.h"
#include "verilated_sym_props.h"
#include "verilated_syms.h"

namespace {

// Byte 0 of a line is in bits 7:0; word 0 of a VlWide holds bits 31:0. On a little-endian machine
// both are in the same order.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words of a line are copied as they are");

void store_line(VlWide<16>& port, const uint8_t* bytes) { std::memcpy(port.data(), bytes, 64); }

void load_line(const VlWide<16>& port, uint8_t* bytes) { std::memcpy(bytes, port.data(), 64); }

void drive(MODEL& top, const Inputs& in) {
    top.rst_ni = !in.reset;
    top.mmio_wr_valid_i = in.mmio_wr_valid;
    top.mmio_wr_addr_i = static_cast<uint16_t>(in.mmio_wr_addr);
    top.mmio_wr_data_i = in.mmio_wr_data;
    top.mmio_rd_valid_i = in.mmio_rd_valid;
    top.mmio_rd_addr_i = static_cast<uint16_t>(in.mmio_rd_addr);
    top.rd_req_ready_i = in.rd_req_ready;
    top.wr_ready_i = in.wr_ready;
    top.rd_cpl_valid_i = in.rd_cpl_valid;
    if (in.rd_cpl_valid) {
        top.rd_cpl_tag_i = in.rd_cpl_tag;
        top.rd_cpl_last_i = in.rd_cpl_last;
        top.rd_cpl_error_i = in.rd_cpl_error;
        store_line(top.rd_cpl_data_i, in.rd_cpl_data);
    }
}

void sample(const MODEL& top, Outputs& out) {
    out.mmio_rd_valid = top.mmio_rd_valid_o;
    out.mmio_rd_data = top.mmio_rd_data_o;
    out.rd_req_valid = top.rd_req_valid_o;
    out.wr_valid = top.wr_valid_o;
    out.idle = top.idle_o;
    if (out.rd_req_valid) {
        out.rd_req_addr = top.rd_req_addr_o;
        out.rd_req_bytes = top.rd_req_bytes_o;
        out.rd_req_tag = top.rd_req_tag_o;
    }
    if (out.wr_valid) {
        out.wr_addr = top.wr_addr_o;
        out.wr_bytes = top.wr_bytes_o;
        out.wr_last = top.wr_last_o;
        load_line(top.wr_data_o, out.wr_data);
    }
}

int cycle_model(void* handle, const Inputs* inputs, Outputs* outputs) {
    Model& model = *model_of(handle);
    if (!model.stopped) drive(*model.top, *inputs);
    if (!model.edge()) return 0;
    sample(*model.top, *outputs);
    return 1;
}

// Every variable that the model was told to keep by name.
void list_registers(void* handle, void* context,
                    void (*visit)(void*, const char*, uint32_t, void*)) {
    const VerilatedScopeNameMap* scopes = model_of(handle)->context.scopeNameMap();
    if (scopes == nullptr) return;
    for (const auto& scope : *scopes) {
        const VerilatedVarNameMap* variables = scope.second->varsp();
        if (variables == nullptr) continue;
        for (const auto& variable : *variables) {
            const VerilatedVar& one = variable.second;
            if (one.udims() != 0 || one.isParam()) continue;
            const std::string name = std::string(scope.first) + "." + variable.first;
            const uint32_t bits = one.elements(0);
            visit(context, name.c_str(), bits, one.datap());
        }
    }
}

// Right for every width on a little-endian machine, where byte n of a value holds bits 8n to
// 8n+7, whatever its type.
void flip_bit(void* at, uint32_t bit) {
    static_cast<uint8_t*>(at)[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
}

}  // namespace

extern "C" const Top JOIN(TOP, _top) = {
    make_model, destroy_model, settle_model, edge_model,     set_port, port_value,
    port_list,  port_count,    cycle_model,  list_registers, flip_bit,
};
