// Shapes and types that the front and the clusters of the card share.
//
// A block is 128 bits with the standard's byte 0 in bits 127:120. A line is 64 bytes of host
// memory, 512 bits, with the lowest address in bits 7:0.

package card_pkg;

  // Defaults of the parameters of `card`: configuration usp-model.
  parameter int unsigned DefaultNumLanes = 2;
  parameter int unsigned DefaultRegsPerRound = 2;
  parameter int unsigned DefaultSboxArch = 0;
  parameter int unsigned DefaultNumSlots = 64;
  parameter int unsigned DefaultNumCtx = 128;
  parameter int unsigned DefaultNumRings = 8;
  parameter int unsigned DefaultReadTags = 256;

  // Widths that hold for every configuration: at most 128 contexts, 125 key slots and the three
  // behind them (transport root, device root, self-test), 16 rings.
  parameter int unsigned CtxW = 7;
  parameter int unsigned SlotW = 7;
  parameter int unsigned RingW = 4;

  // Input of one job: 4352 bytes.
  parameter int unsigned LinesPerCtx = 68;
  parameter int unsigned BlocksPerCtx = 4 * LinesPerCtx;
  parameter int unsigned LineW = 7;    // line of a context
  parameter int unsigned BlockW = 9;   // block of a context
  parameter int unsigned BytesW = 13;  // bytes of a context, 0 to 4352

  parameter int unsigned StepsMax = 8;
  parameter int unsigned KeysMax = 4;

  typedef logic [127:0] block_t;
  typedef logic [511:0] line_t;

  // What a step does. 0 to 11 are the kinds of program steps, with the ABI's values; the others are
  // single-step opcodes alone. As opcodes, GCM, CBC and CTR are their steps that seal and open, and
  // the inverse of ECB is StepEcbOpen.
  typedef enum logic [3:0] {
    StepEnd            = 4'd0,
    StepMacCheck       = 4'd1,
    StepCbcOpen        = 4'd2,
    StepGcmOpen        = 4'd3,
    StepOperateEncrypt = 4'd4,
    StepOperateDecrypt = 4'd5,
    StepCbcSeal        = 4'd6,
    StepGcmSeal        = 4'd7,
    StepMacSeal        = 4'd8,
    StepCtrOpen        = 4'd9,
    StepCtrSeal        = 4'd10,
    StepEcbOpen        = 4'd11,
    StepEcbEncrypt     = 4'd12,
    StepCmac           = 4'd13,
    StepCbcMac         = 4'd14
  } step_kind_e;

  // One step of a job; the low byte of the ABI's step. `iv` counts for CBC steps of programs.
  typedef struct packed {
    logic       iv;
    logic       envelope;
    logic [1:0] key;
    step_kind_e kind;
  } step_t;

  // A key in the lanes: physical slot, and length (0 AES-128, 1 AES-192, 2 AES-256).
  typedef struct packed {
    logic [SlotW-1:0] slot;
    logic [1:0]       key_len;
  } key_ref_t;

  // Names a job to the front; the cluster hands it back.
  typedef struct packed {
    logic [RingW-1:0] ring;
    logic [15:0]      tag;
  } job_id_t;

  // A job, decoded by the front. Blocks are counted in the input.
  typedef struct packed {
    logic [CtxW-1:0]         ctx;
    job_id_t                 id;
    logic                    program_job;    // IVs, tag and MAC come from the input
    logic                    key_load;       // steps[0] is StepGcmOpen; result by the kl_ ports
    logic                    inline_output;  // result in done_t, no output beats
    logic                    irq;            // handed back
    logic [31:0]             start_cycle;    // value of cycle_i when the descriptor arrived
    logic [31:0]             generation;     // key_load: handed back
    logic [SlotW-1:0]        target;         // key_load: handed back
    step_t [StepsMax-1:0]    steps;          // [0] is done first; StepEnd behind the last
    logic [KeysMax-1:0]      keys_used;      // handed back with the keys
    key_ref_t [KeysMax-1:0]  keys;
    logic [31:0]             word;           // number that an envelope must carry
    logic [BytesW-1:0]       data_bytes;     // without AAD, parameters and tag
    logic [BlockW-1:0]       data_block;
    logic [7:0]              aad_in_bytes;   // of StepGcmOpen, and of StepGcmSeal as an opcode
    logic [BlockW-1:0]       aad_in_block;
    logic [7:0]              aad_out_bytes;  // of StepGcmSeal in a program
    logic [BlockW-1:0]       aad_out_block;
    logic [BlockW-1:0]       tag_block;      // program: tag or MAC behind the data
    block_t                  iv;             // single-step opcodes
    block_t                  expected;       // tag of StepGcmOpen as an opcode
    logic [63:0]             output_addr;
    logic [BytesW-1:0]       output_bytes;
  } job_t;

  // The end of a job.
  typedef struct packed {
    job_id_t                id;
    logic [7:0]             status;
    logic [BytesW-1:0]      output_bytes;
    logic [31:0]            cycles;
    logic                   inline_output;
    block_t                 inline_data;     // zeros unless inline_output
    logic                   irq;
    logic                   program_job;
    logic [KeysMax-1:0]     keys_used;
    key_ref_t [KeysMax-1:0] keys;
  } done_t;

  // The end of a key_load job, beside its header and key.
  typedef struct packed {
    job_id_t          id;
    logic             irq;
    logic [7:0]       status;
    logic [SlotW-1:0] target;
    logic [31:0]      generation;
    logic [31:0]      start_cycle;
  } key_job_t;

  // Values for the counters, of one cycle.
  typedef struct packed {
    logic forward;      // a block entered the forward lane
    logic inverse;      // a block entered the inverse lane
    logic ghash;        // a product was started
    logic idle;         // no block was issued to the forward lane while there were jobs
    logic ghash_stall;  // a GCM block waited for room before the multiplier
    logic job;          // a job ended
  } events_t;

  // Stages from a block's issue back to the next issue of its message, beside the lane:
  // the lane's input register and the result register.
  parameter int unsigned FeedbackStages = 2;

  // Slots of the calendar for a lane of the given latency.
  function automatic int unsigned calendar_period(int unsigned latency);
    return latency + FeedbackStages;
  endfunction

  function automatic logic [31:0] swap_bytes(logic [31:0] word);
    return {word[7:0], word[15:8], word[23:16], word[31:24]};
  endfunction

  // 16 bytes as they lie in a line, into a block; and back.
  function automatic block_t swap_block(block_t raw);
    return {swap_bytes(raw[31:0]), swap_bytes(raw[63:32]), swap_bytes(raw[95:64]),
            swap_bytes(raw[127:96])};
  endfunction

  // Blocks that hold so many bytes.
  function automatic logic [BlockW-1:0] blocks_of(logic [BytesW-1:0] bytes);
    return bytes[BytesW-1:4] + BlockW'(|bytes[3:0]);
  endfunction

endpackage
