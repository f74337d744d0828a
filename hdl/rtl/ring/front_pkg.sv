// Types that the modules of the front share: registers, rings, reads, keys, completions.

package front_pkg;

  import card_pkg::*;

  parameter int unsigned LanesMax = 4;
  parameter int unsigned LaneW = 2;
  parameter int unsigned RingsMax = 16;
  parameter int unsigned ReadTagW = 8;
  parameter int unsigned TableW = 9;        // index of {lane, context}
  parameter int unsigned NumGroups = 32;    // reads of descriptors in flight or waiting
  parameter int unsigned GroupW = 5;
  parameter int unsigned ReadBytesMax = 512;
  parameter int unsigned NumVectors = 16;
  parameter logic [RingW-1:0] TestRing = '1;  // in a job's id: it is the self-test's
  parameter int unsigned NumErrors = 10;
  parameter int unsigned NumCounters = 40;
  parameter int unsigned RoleW = 12;        // a right for each kind of steps

  // One register access of each kind per cycle.
  typedef struct packed {
    logic        wr_valid;
    logic [15:0] wr_addr;
    logic [31:0] wr_data;
    logic        rd_valid;
    logic [15:0] rd_addr;
  } mmio_t;

  // Addresses of a ring, told to all who need them when it is enabled.
  typedef struct packed {
    logic [63:0] sq_base;
    logic [63:0] cq_base;
    logic [63:0] window_base;
    logic [63:0] window_limit;
  } ring_addr_t;

  // What else it was enabled with.
  typedef struct packed {
    logic [2:0] sq_line;    // bits 8:6 of its addresses
    logic [2:0] cq_line;
    logic [3:0] log2_size;
    logic       wide;       // completions of 32 bytes
    logic [3:0] msix;       // its interrupt
  } ring_mode_t;

  // One read request and where its data go.
  typedef struct packed {
    logic [9:0]        bytes;  // 1 to 512, not across a multiple of 512
    logic              is_desc;
    logic [LaneW-1:0]  lane;   // payload
    logic [CtxW-1:0]   ctx;    // payload; a descriptor's group in the low bits
    logic [LineW-1:0]  line;   // first line
    logic [63:0]       addr;
  } read_t;

  // A job's whole input.
  typedef struct packed {
    logic [BytesW-1:0] bytes;
    logic [LaneW-1:0]  lane;
    logic [CtxW-1:0]   ctx;
    logic [63:0]       addr;
  } input_t;

  // One beat that came back, or the end of a read that did not.
  typedef struct packed {
    logic              is_desc;
    logic [LaneW-1:0]  lane;
    logic [CtxW-1:0]   ctx;
    logic [LineW-1:0]  line;
    logic              store;  // data are good for this line
    logic              last;   // nothing more of this read
    logic              failed; // with last: not all of it came
  } beat_t;

  // What a slot holds beside its key; all of it from the key's header. Here and below wide fields
  // stand last and in words of 32 bits, which the simulation reads without shifting.
  typedef struct packed {
    logic [1:0]       key_len;
    logic [8:0]       usage;
    logic [RoleW-1:0] roles;
    logic [31:0]      generation;
    logic [31:0]      partition;
    logic [31:0]      word;
    logic [63:0]      key_id;
    logic [2:0][63:0] partner;
  } meta_t;

  // A program and what follows from its steps.
  typedef struct packed {
    logic                    params;     // two parameter blocks in front
    logic                    gcm_in;
    logic                    gcm_out;
    logic                    tag_in;     // tag or MAC behind the data
    logic                    mac_out;
    logic                    envelope;
    logic                    whole;      // whole blocks, at least one
    logic [1:0]              open_key;   // key of the step that opens
    logic [KeysMax-1:0]      keys_used;
    logic [KeysMax-1:0][RoleW-1:0] roles;  // of each key
    step_t [StepsMax-1:0]    steps;
  } program_t;

  // A completion before it has a place in its ring.
  typedef struct packed {
    logic              irq;
    logic [BytesW-1:0] output_bytes;
    logic [7:0]        status;
    job_id_t           id;
    logic [31:0]       cycles;
    block_t            inline_data;
  } completion_t;

  // Where a checked descriptor goes.
  typedef enum logic [2:0] {
    ActRefuse  = 3'd0,  // completes with its status
    ActJob     = 3'd1,
    ActKeyLoad = 3'd2,
    ActZeroise = 3'd3,
    ActProgram = 3'd4   // program_load
  } act_e;

  // What is known of a descriptor beside its job.
  typedef struct packed {
    act_e                          act;
    logic                          opcode_ok;
    logic                          length_ok;
    logic                          reads;        // input comes from the host
    logic                          writes;       // output goes to the host
    logic                          direct;       // input is inline or empty
    logic [BytesW-1:0]             read_bytes;
    logic [8:0]                    usage;        // single-step right that it needs, one-hot
    logic [1:0]                    open_key;
    logic [KeysMax-1:0]            keys_checked; // keys that must be there
    logic [KeysMax-1:0]            slot_ok;      // the slot exists
    logic [KeysMax-1:0][SlotW-1:0] slots;
    logic [KeysMax-1:0][RoleW-1:0] roles;        // program rights that they need
    logic                          root;         // key_load: device root
    logic [63:0]                   input_addr;
    logic [KeysMax-1:0][31:0]      generations;
  } request_t;

  // A checked descriptor.
  typedef struct packed {
    act_e              act;
    logic [7:0]        status;      // of ActRefuse
    logic              reads;       // its input comes from the host
    logic [BytesW-1:0] read_bytes;
    logic [63:0]       input_addr;
    job_t              job;         // without context
  } item_t;

  // Lengths of a descriptor.
  typedef struct packed {
    logic              ok;
    logic [BytesW-1:0] read_bytes;
    logic [BytesW-1:0] data_bytes;
    logic [BytesW-1:0] output_bytes;
    logic [BlockW-1:0] aad_in_block;
    logic [BlockW-1:0] aad_out_block;
    logic [BlockW-1:0] data_block;
    logic [BlockW-1:0] tag_block;
  } lengths_t;

  // Errors of one cycle, with ring and tag of the lowest.
  typedef struct packed {
    logic [NumErrors-1:0] bits;
    logic [RingW-1:0]     ring;
    logic [15:0]          tag;
  } error_t;

  // Events of one cycle, for the counters.
  typedef struct packed {
    logic       descriptor;
    logic       read;
    logic [9:0] read_bytes;     // with read
    logic       stall_tag;
    logic       stall_link;
    logic       stall_context;
    logic       starved;
    logic       program_job;
  } intake_events_t;

  typedef struct packed {
    logic       refused;
    logic [4:0] completions;
    logic       message;        // an interrupt was sent
    logic       written;
    logic [6:0] written_bytes;  // with written
    logic       stall_link;
  } outlet_events_t;

  function automatic logic [63:0] merge_word(logic [63:0] old, logic high, logic [31:0] word);
    return high ? {word, old[31:0]} : {old[63:32], word};
  endfunction

endpackage
