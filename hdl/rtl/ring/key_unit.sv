// Puts keys into the lanes: the two roots, the self-test's, and those that key_load unwrapped.
//
// One key at a time: expansion, derived values in every cluster, then its rights in the slot
// table. A key_load whose tag, read or header was wrong only completes; its slot was emptied when
// the load was dispatched. After reset the caller empties every slot by zero_*, then the device
// root is loaded. A zero goes before a round key that would be written in the same cycle.

module key_unit
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumLanes = DefaultNumLanes,
  parameter int unsigned NumSlots = DefaultNumSlots,
  parameter int unsigned SboxArch = DefaultSboxArch,
  parameter logic [255:0] DeviceRoot = '0
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [31:0]         cycle_i,
  input  logic                wiped_i,        // every slot is empty

  input  logic                transport_i,    // level: the transport key is complete
  input  logic [255:0]        transport_key_i,
  output logic [1:0]          roots_o,        // transport, device root are loaded
  input  logic                test_valid_i,   // level, until test_done_o
  input  logic [1:0]          test_len_i,
  input  logic [255:0]        test_key_i,
  output logic                test_done_o,

  input  logic [NumLanes-1:0] kl_valid_i,
  output logic [NumLanes-1:0] kl_ready_o,
  input  line_t               kl_header_i [NumLanes],
  input  logic [255:0]        kl_key_i [NumLanes],
  input  logic [NumLanes-1:0] kl_ok_i,
  input  key_job_t            kl_job_i [NumLanes],

  input  logic                zero_i,
  output logic                kw_valid_o,
  output logic [SlotW-1:0]    kw_slot_o,
  output logic [3:0]          kw_round_o,
  output block_t              kw_data_o,
  output logic                init_valid_o,
  output logic [SlotW-1:0]    init_slot_o,
  output logic [1:0]          init_len_o,
  output logic                init_gcm_o,
  input  logic [NumLanes-1:0] init_done_i,

  output logic                write_o,        // slot table
  output logic [SlotW-1:0]    slot_o,
  output meta_t               meta_o,
  output logic                loaded_o,       // a key_load ended

  output logic                done_valid_o,
  input  logic                done_ready_i,
  output completion_t         done_o,
  output logic                busy_o,
  output logic                fatal_o
);

  typedef enum logic [5:0] {
    StIdle   = 6'b000111,
    StExpand = 6'b011001,
    StDrain  = 6'b101010,
    StInit   = 6'b110100,
    StFinish = 6'b001100
  } state_e;

  typedef enum logic [1:0] {
    ForDevice,
    ForTransport,
    ForTest,
    ForJob
  } for_e;

  state_e              state_q, state_d;
  for_e                for_q, for_d;
  logic                start, load_ok, gcm, header_ok, header_gcm, expand_done, queue_valid;
  logic [1:0]          roots_q;
  logic [NumLanes-1:0] inited_q, pick;
  logic [SlotW-1:0]    slot_q, slot_d;
  logic [1:0]          len_q, len_d;
  logic                gcm_q;
  logic [255:0]        key_d;
  meta_t               meta_q, meta_d;
  key_job_t            job_d;
  job_id_t             id_q;
  logic                irq_q;
  logic [31:0]         start_cycle_q;
  logic [7:0]          status_q, status_d;
  line_t               header;
  logic                ended, kw_error;

  // ---------------------------------------------------------------- which key is next
  always_comb begin
    pick   = '0;
    header = kl_header_i[0];
    job_d  = kl_job_i[0];
    key_d  = kl_key_i[0];
    load_ok = kl_ok_i[0];
    for (int unsigned l = NumLanes; l > 0; l--) begin
      if (kl_valid_i[l-1]) begin
        pick      = '0;
        pick[l-1] = 1'b1;
        header    = kl_header_i[l-1];
        job_d     = kl_job_i[l-1];
        key_d     = kl_key_i[l-1];
        load_ok   = kl_ok_i[l-1];
      end
    end
    for_d = ForJob;
    if (test_valid_i && !test_done_o) begin
      for_d = ForTest;
      key_d = test_key_i;
    end
    if (transport_i && !roots_q[0]) begin
      for_d = ForTransport;
      key_d = transport_key_i;
    end
    if (!roots_q[1]) begin
      for_d = ForDevice;
      key_d = DeviceRoot;
    end
  end

  key_header u_header (
    .header_i(header), .generation_i(job_d.generation), .ok_o(header_ok), .gcm_o(header_gcm),
    .meta_o(meta_d)
  );

  always_comb begin
    status_d = job_d.status;
    if (load_ok && !header_ok) status_d = abi_pkg::StatusBadData;
    gcm    = 1'b1;
    len_d  = 2'd2;
    slot_d = SlotW'(NumSlots);
    unique case (for_d)
      ForTransport: slot_d = SlotW'(NumSlots);
      ForDevice:    slot_d = SlotW'(NumSlots + 1);
      ForTest: begin
        slot_d = SlotW'(NumSlots + 2);
        len_d  = test_len_i;
      end
      default: begin
        slot_d = job_d.target;
        len_d  = meta_d.key_len;
        gcm    = header_gcm;
      end
    endcase
  end

  assign start = state_q == StIdle && wiped_i && (for_d != ForJob || |kl_valid_i);
  assign kl_ready_o = (start && for_d == ForJob) ? pick : '0;

  // ---------------------------------------------------------------- states
  logic usable;
  assign usable = for_d != ForJob || (load_ok && header_ok);
  assign ended  = (inited_q | init_done_i) == '1;

  always_comb begin
    state_d = state_q;
    fatal_o = kw_error;
    unique case (state_q)
      StIdle:   if (start) state_d = usable ? StExpand : StFinish;
      StExpand: if (expand_done) state_d = StDrain;
      StDrain:  if (!queue_valid) state_d = StInit;
      StInit:   if (ended) state_d = StFinish;
      StFinish: if (for_q != ForJob || done_ready_i) state_d = StIdle;
      default: begin
        state_d = state_q;
        fatal_o = 1'b1;
      end
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= StIdle;
      roots_q  <= '0;
      inited_q <= '0;
    end else begin
      state_q <= state_d;
      inited_q <= state_q == StInit ? (inited_q | init_done_i) : '0;
      if (state_q == StFinish && for_q == ForTransport) roots_q[0] <= 1'b1;
      if (state_q == StFinish && for_q == ForDevice) roots_q[1] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start) begin
      for_q    <= for_d;
      slot_q   <= slot_d;
      len_q    <= len_d;
      gcm_q    <= gcm;
      meta_q   <= meta_d;
      id_q     <= job_d.id;
      irq_q    <= job_d.irq;
      start_cycle_q <= job_d.start_cycle;
      status_q <= status_d;
    end
  end

  // ---------------------------------------------------------------- expansion
  logic       kw_valid, expand_busy;
  logic [3:0] kw_round;
  block_t     kw_data;
  logic       queue_ready;

  key_expand #(.SboxArch(SboxArch)) u_expand (
    .clk_i, .rst_ni, .start_i(start && usable), .key_len_i(len_d), .key_i(key_d),
    .kw_valid_o(kw_valid), .kw_round_o(kw_round), .kw_data_o(kw_data), .busy_o(expand_busy),
    .done_o(expand_done)
  );

  queue #(.Width(132), .Depth(4)) u_queue (
    .clk_i, .rst_ni, .in_valid_i(kw_valid), .in_ready_o(queue_ready),
    .in_data_i({kw_round, kw_data}), .out_valid_o(queue_valid), .out_ready_i(!zero_i),
    .out_data_o({kw_round_o, kw_data_o})
  );
  assign kw_error = kw_valid && !queue_ready;

  assign kw_valid_o = queue_valid && !zero_i;
  assign kw_slot_o  = slot_q;

  assign init_valid_o = state_q == StDrain && !queue_valid;
  assign init_slot_o  = slot_q;
  assign init_len_o   = len_q;
  assign init_gcm_o   = gcm_q;

  // ---------------------------------------------------------------- result
  assign write_o     = state_q == StFinish && for_q == ForJob && done_ready_i
                       && status_q == abi_pkg::StatusOk;
  assign loaded_o    = state_q == StFinish && for_q == ForJob && done_ready_i;
  assign slot_o      = slot_q;
  assign meta_o      = meta_q;
  assign roots_o     = roots_q;
  assign test_done_o = state_q == StFinish && for_q == ForTest;

  assign done_valid_o = state_q == StFinish && for_q == ForJob;
  assign done_o = '{
    id:           id_q,
    status:       status_q,
    output_bytes: '0,
    cycles:       cycle_i - start_cycle_q,
    inline_data:  '0,
    irq:          irq_q
  };
  assign busy_o = state_q != StIdle || start || expand_busy || !roots_q[1];

endmodule
