// The C side of src/ffi.rs. Both say the same; a change of one is a change of the other.
#pragma once

#include <cstdint>

extern "C" {

// What the card sees at a clock edge.
struct Inputs {
    uint32_t mmio_wr_addr;
    uint32_t mmio_wr_data;
    uint32_t mmio_rd_addr;
    uint8_t reset;
    uint8_t mmio_wr_valid;
    uint8_t mmio_rd_valid;
    uint8_t rd_req_ready;
    uint8_t wr_ready;
    uint8_t rd_cpl_valid;
    uint8_t rd_cpl_tag;
    uint8_t rd_cpl_last;
    uint8_t rd_cpl_error;
    uint8_t rd_cpl_data[64];
};

// What the card shows after it. Data and addresses count only beside their valid.
struct Outputs {
    uint64_t rd_req_addr;
    uint64_t wr_addr;
    uint32_t mmio_rd_data;
    uint16_t rd_req_bytes;
    uint8_t mmio_rd_valid;
    uint8_t rd_req_valid;
    uint8_t rd_req_tag;
    uint8_t wr_valid;
    uint8_t wr_bytes;
    uint8_t wr_last;
    uint8_t idle;
    uint8_t wr_data[64];
};

// A port, or a register inside.
struct Port {
    const char* name;
    uint32_t bits;
    uint8_t is_output;
};

// What can be done with a top. Ports are named by their place in `ports`; values are words of 32
// bits, the least significant first, as many as the port's bits need.
struct Top {
    // Makes a model. A seed other than 0 gives registers without reset any value. `wave` is a
    // path or null. Null if it could not be made.
    void* (*make)(uint64_t seed, const char* wave);
    void (*destroy)(void* model);
    // Values of the combinational outputs after a change of inputs. 0: the model has stopped.
    int (*settle)(void* model);
    // One rising edge of clk_i. 0: the model has stopped.
    int (*edge)(void* model);
    void (*set)(void* model, uint32_t port, const uint32_t* words);
    void (*value)(void* model, uint32_t port, uint32_t* words);
    const Port* ports;
    uint32_t port_count;
    // One rising edge with the pins of `card`; null for a top with other pins.
    int (*cycle)(void* model, const Inputs* inputs, Outputs* outputs);
    // Registers that can be reached by name. `registers` calls `visit` for each; a register is
    // an address that `destroy` ends. Both null where there are none.
    void (*registers)(void* model, void* context,
                      void (*visit)(void* context, const char* name, uint32_t bits, void* at));
    void (*flip)(void* at, uint32_t bit);
};
}
