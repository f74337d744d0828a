// One simulated top with a context of its own: two models share nothing.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>

#include "pins.h"
#include "stop.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif
#include HEADER
#ifdef CLOCK_BEFORE
#include ROOT_HEADER
#endif

// Of this top alone: each top compiles this file with its own model.
namespace {

// In the order of their destruction from the last: the trace, the model, the context.
struct Model {
    VerilatedContext context;
    std::unique_ptr<MODEL> top;
#if VM_TRACE
    std::unique_ptr<VerilatedVcdC> wave;
#endif
    bool stopped = false;
    bool settled = false;

    Model(uint64_t seed, const char* path) {
        context.threads(1);
        if (seed != 0) {
            context.randReset(2);
            context.randSeed(static_cast<int>(seed & 0x7fffffff));
        }
#if VM_TRACE
        context.traceEverOn(path != nullptr);
        top = std::make_unique<MODEL>(&context);
        if (path != nullptr) {
            wave = std::make_unique<VerilatedVcdC>();
            top->trace(wave.get(), 99);
            wave->open(path);
        }
#else
        (void)path;
        top = std::make_unique<MODEL>(&context);
#endif
    }

    ~Model() {
        Verilated::threadContextp(&context);
        if (!stopped) top->final();
    }

    // Evaluates once; a half period passes when `advance` is set.
    void eval(bool advance) {
        Verilated::threadContextp(&context);
        top->eval();
        settled = true;
#if VM_TRACE
        if (advance) {
            if (wave) wave->dump(context.time());
            context.timeInc(1);
        }
#else
        (void)advance;
#endif
        stopped = stopped || context.gotFinish();
    }

    bool settle() {
        if (stopped) return false;
        try {
            eval(false);
        } catch (const Stopped&) {
            stopped = true;
        }
        return !stopped;
    }

    // Nothing waits for a falling edge. A model that has been evaluated once is only told that
    // its clock was low; one with a waveform shows the edge.
    void fall() {
#if defined(CLOCK_BEFORE) && !VM_TRACE
        if (settled) {
            top->rootp->CLOCK_BEFORE = 0;
            return;
        }
#endif
        top->clk_i = 0;
        eval(true);
    }

    bool edge() {
        if (stopped) return false;
        try {
            fall();
            top->clk_i = 1;
            eval(true);
        } catch (const Stopped&) {
            stopped = true;
        }
        return !stopped;
    }
};

Model* model_of(void* model) { return static_cast<Model*>(model); }

void* make_model(uint64_t seed, const char* wave) {
    try {
        return new Model(seed, wave);
    } catch (...) {
        return nullptr;
    }
}

void destroy_model(void* model) {
    try {
        delete model_of(model);
    } catch (...) {
        // A model that fails while it ends has ended.
    }
}

int settle_model(void* model) { return model_of(model)->settle(); }
int edge_model(void* model) { return model_of(model)->edge(); }

// Values of up to 64 bits are of an unsigned type; wider ones are arrays of words, the least
// significant first.
template <class Narrow>
void store(Narrow& port, const uint32_t* words) {
    uint64_t value = words[0];
    if (sizeof(Narrow) > 4) value |= static_cast<uint64_t>(words[1]) << 32;
    port = static_cast<Narrow>(value);
}

template <class Narrow>
void load(const Narrow& port, uint32_t* words) {
    words[0] = static_cast<uint32_t>(port);
    if (sizeof(Narrow) > 4) words[1] = static_cast<uint32_t>(static_cast<uint64_t>(port) >> 32);
}

template <std::size_t Words>
void store(VlWide<Words>& port, const uint32_t* words) {
    std::memcpy(port.data(), words, 4 * Words);
}

template <std::size_t Words>
void load(const VlWide<Words>& port, uint32_t* words) {
    std::memcpy(words, port.data(), 4 * Words);
}

const Port port_list[] = {
#define PORT(name, bits, is_output) {#name, bits, is_output},
#include "ports.inc"
#undef PORT
};

constexpr uint32_t port_count = sizeof(port_list) / sizeof(port_list[0]);

enum PortNumber : uint32_t {
#define PORT(name, bits, is_output) PORT_##name,
#include "ports.inc"
#undef PORT
};

void set_port(void* model, uint32_t port, const uint32_t* words) {
    MODEL& top = *model_of(model)->top;
    switch (port) {
#define PORT(name, bits, is_output) \
    case PORT_##name: store(top.name, words); break;
#include "ports.inc"
#undef PORT
        default: break;
    }
}

void port_value(void* model, uint32_t port, uint32_t* words) {
    MODEL& top = *model_of(model)->top;
    switch (port) {
#define PORT(name, bits, is_output) \
    case PORT_##name: load(top.name, words); break;
#include "ports.inc"
#undef PORT
        default: break;
    }
}

}  // namespace

#define JOIN_NAMES(a, b) a##b
#define JOIN(a, b) JOIN_NAMES(a, b)
