// All rings of the card and their registers.
//
// Configuration registers may be written at any time and are taken over when the ring is enabled:
// then enable_* tells its addresses to all who keep them. That happens only while the ring is off
// and empty, with addresses and a size the card can use; else error_o says ring_config and the
// ring stays as it is. Register reads follow mmio_i by one cycle, zero for other addresses.

module rings
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumRings = DefaultNumRings,
  parameter int unsigned ClockKhz = 250000
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  clear_valid_i,   // after reset: empties the registers
  input  logic [RingW-1:0]      clear_i,
  input  mmio_t                 mmio_i,
  output logic [31:0]           rd_data_o,
  input  logic [15:0]           hold_cycles_i,

  output logic                  enable_o,
  output logic [RingW-1:0]      enable_ring_o,
  output logic                  enable_wide_o,
  output ring_addr_t            enable_addr_o,

  // fetch
  output logic [NumRings-1:0]   want_o,
  output logic [3:0]            fetch_count_o [NumRings],
  output logic [15:0]           fetch_index_o [NumRings],
  input  logic [NumRings-1:0]   fetch_i,
  input  logic                  take_i,
  input  logic [RingW-1:0]      take_ring_i,
  output logic                  take_phase_o,    // that the descriptor taken must carry
  input  logic                  lost_valid_i,    // of take_ring_i
  input  logic [3:0]            lost_i,

  // completions
  output logic [15:0]           sq_head_o [NumRings],
  output logic [NumRings-1:0]   cq_full_o,
  output logic [NumRings-1:0]   cq_wide_o,
  output logic [NumRings-1:0]   cq_phase_o,
  output logic [4:0]            cq_at_o [NumRings],
  input  logic [NumRings-1:0]   put_i,
  input  logic                  put_irq_i,
  output logic [NumRings-1:0]   write_want_o,
  output logic [4:0]            write_count_o [NumRings],
  output logic [15:0]           write_index_o [NumRings],
  output logic [4:0]            write_at_o [NumRings],
  output logic [NumRings-1:0]   write_irq_o,
  input  logic [NumRings-1:0]   write_i,
  input  logic [NumRings-1:0]   commit_i,
  input  logic [4:0]            commit_count_i,
  input  logic [NumRings-1:0]   urgent_i,

  output logic [NumVectors-1:0] fire_o,
  output logic                  no_credit_o,
  output logic                  jobs_o,          // some ring has jobs inside
  output logic                  busy_o,
  output logic                  error_valid_o,
  output error_t                error_o
);

  localparam int unsigned IndexW = (NumRings > 1) ? $clog2(NumRings) : 1;
  localparam logic [15:0] Base = abi_pkg::RegRingSqBase;
  localparam logic [6:0] CqBase = 7'(abi_pkg::RegRingCqBase - Base);
  localparam logic [6:0] Size = 7'(abi_pkg::RegRingSize - Base);
  localparam logic [6:0] Config = 7'(abi_pkg::RegRingConfig - Base);
  localparam logic [6:0] Moderation = 7'(abi_pkg::RegRingModeration - Base);
  localparam logic [6:0] Enable = 7'(abi_pkg::RegRingEnable - Base);
  localparam logic [6:0] State = 7'(abi_pkg::RegRingState - Base);
  localparam logic [6:0] WindowBase = 7'(abi_pkg::RegRingWindowBase - Base);
  localparam logic [6:0] WindowLimit = 7'(abi_pkg::RegRingWindowLimit - Base);
  localparam logic [6:0] SqTail = 7'(abi_pkg::RegRingSqTail - Base);
  localparam logic [6:0] CqHead = 7'(abi_pkg::RegRingCqHead - Base);
  localparam logic [6:0] Arm = 7'(abi_pkg::RegRingArm - Base);
  localparam logic [6:0] SqHead = 7'(abi_pkg::RegRingSqHead - Base);
  localparam logic [6:0] CqTail = 7'(abi_pkg::RegRingCqTail - Base);

  // ---------------------------------------------------------------- configuration
  // word 2 n and 2 n + 1: low and high half of address n; 8 size, 9 config, 10 moderation
  logic [15:0]       wr_at, rd_at;
  logic              wr_hit, rd_hit;
  logic [RingW-1:0]  wr_ring, rd_ring, at;
  logic [6:0]        wr_reg, rd_reg;
  logic [31:0]       data;

  assign wr_at   = mmio_i.wr_addr - Base;
  assign rd_at   = mmio_i.rd_addr - Base;
  assign wr_hit  = mmio_i.wr_valid && wr_at < 16'(NumRings * abi_pkg::RingStride);
  assign rd_hit  = mmio_i.rd_valid && rd_at < 16'(NumRings * abi_pkg::RingStride);
  assign wr_ring = wr_at[7+:RingW];
  assign rd_ring = rd_at[7+:RingW];
  assign wr_reg  = {wr_at[6:2], 2'b00};
  assign rd_reg  = {rd_at[6:2], 2'b00};
  assign data    = clear_valid_i ? '0 : mmio_i.wr_data;
  assign at      = clear_valid_i ? clear_i : wr_ring;

  logic [63:0] sq_base_q [RingsMax];
  logic [63:0] cq_base_q [RingsMax];
  logic [63:0] window_base_q [RingsMax];
  logic [63:0] window_limit_q [RingsMax];
  logic [31:0] size_q [RingsMax];
  logic [31:0] config_q [RingsMax];
  logic [31:0] moderation_q [RingsMax];

  function automatic logic writes(logic [3:0] pair);
    return clear_valid_i || (wr_hit && wr_reg[6:3] == pair);
  endfunction

  // both halves of an address are cleared at once
  function automatic logic [63:0] half(logic [63:0] old);
    return clear_valid_i ? '0 : merge_word(old, wr_reg[2], data);
  endfunction

  always_ff @(posedge clk_i) begin
    if (writes('0)) sq_base_q[at] <= half(sq_base_q[at]);
    if (writes(CqBase[6:3])) cq_base_q[at] <= half(cq_base_q[at]);
    if (writes(WindowBase[6:3])) window_base_q[at] <= half(window_base_q[at]);
    if (writes(WindowLimit[6:3])) window_limit_q[at] <= half(window_limit_q[at]);
    if (clear_valid_i || (wr_hit && wr_reg == Size)) size_q[at] <= data;
    if (clear_valid_i || (wr_hit && wr_reg == Config)) config_q[at] <= data;
    if (clear_valid_i || (wr_hit && wr_reg == Moderation)) moderation_q[at] <= data;
  end

  // ---------------------------------------------------------------- enable
  logic [NumRings-1:0] enabled, stopped;
  logic [15:0]         jobs [NumRings];
  logic                usable, wr_enable;
  logic [31:0]         size;
  ring_mode_t          mode;
  logic [IndexW-1:0]   wr_sel, rd_sel;

  assign wr_sel    = wr_ring[IndexW-1:0];
  assign rd_sel    = rd_ring[IndexW-1:0];
  assign wr_enable = wr_hit && wr_reg == Enable;
  assign size      = size_q[wr_ring];
  assign usable    = size >= abi_pkg::RingLog2SizeMin && size <= abi_pkg::RingLog2SizeMax
                     && enable_addr_o.sq_base[5:0] == '0 && enable_addr_o.cq_base[5:0] == '0
                     && !enabled[wr_sel] && jobs[wr_sel] == '0;

  assign enable_o      = wr_enable && data[0] && usable;
  assign enable_ring_o = wr_ring;
  assign enable_addr_o = '{
    sq_base:      sq_base_q[wr_ring],
    cq_base:      cq_base_q[wr_ring],
    window_base:  window_base_q[wr_ring],
    window_limit: window_limit_q[wr_ring]
  };
  assign enable_wide_o = config_q[wr_ring][0];
  assign mode = '{
    sq_line:   enable_addr_o.sq_base[8:6],
    cq_line:   enable_addr_o.cq_base[8:6],
    log2_size: size[3:0],
    wide:      enable_wide_o,
    msix:      config_q[wr_ring][11:8]
  };

  // ---------------------------------------------------------------- the rings
  logic [15:0]         cq_tail [NumRings];
  logic [3:0]          vector [NumRings];
  logic [NumRings-1:0] take_phase, fire, no_credit, busy, tail_error, head_error;

  for (genvar r = 0; r < NumRings; r++) begin : gen_ring
    logic mine, taken;
    assign mine  = wr_hit && wr_ring == RingW'(r);
    assign taken = take_ring_i == RingW'(r);

    ring #(.ClockKhz(ClockKhz)) u_ring (
      .clk_i, .rst_ni, .enable_i(enable_o && mine), .disable_i(mine && wr_enable && !data[0]),
      .mode_i(mode), .tail_valid_i(mine && wr_reg == SqTail),
      .head_valid_i(mine && wr_reg == CqHead), .arm_i(mine && wr_reg == Arm),
      .moderation_i(mine && wr_reg == Moderation), .value_i(data), .hold_cycles_i,
      .enabled_o(enabled[r]), .stopped_o(stopped[r]), .jobs_o(jobs[r]),
      .sq_head_o(sq_head_o[r]), .cq_tail_o(cq_tail[r]), .want_o(want_o[r]),
      .fetch_count_o(fetch_count_o[r]), .fetch_index_o(fetch_index_o[r]), .fetch_i(fetch_i[r]),
      .take_i(take_i && taken), .take_phase_o(take_phase[r]),
      .stop_i(lost_valid_i && taken), .lost_i, .cq_full_o(cq_full_o[r]),
      .cq_wide_o(cq_wide_o[r]), .cq_phase_o(cq_phase_o[r]), .cq_at_o(cq_at_o[r]),
      .put_i(put_i[r]), .put_irq_i, .write_want_o(write_want_o[r]),
      .write_count_o(write_count_o[r]), .write_irq_o(write_irq_o[r]),
      .write_index_o(write_index_o[r]), .write_at_o(write_at_o[r]), .write_i(write_i[r]),
      .commit_i(commit_i[r]), .commit_count_i, .urgent_i(urgent_i[r]), .fire_o(fire[r]),
      .vector_o(vector[r]), .no_credit_o(no_credit[r]), .busy_o(busy[r]),
      .tail_error_o(tail_error[r]), .head_error_o(head_error[r])
    );
  end

  assign take_phase_o = take_phase[take_ring_i[IndexW-1:0]];
  assign no_credit_o  = |no_credit;
  assign busy_o       = |busy;

  always_comb begin
    jobs_o = 1'b0;
    for (int unsigned r = 0; r < NumRings; r++) jobs_o |= jobs[r] != '0;
  end

  always_comb begin
    fire_o = '0;
    for (int unsigned r = 0; r < NumRings; r++) begin
      if (fire[r]) fire_o[vector[r]] = 1'b1;
    end
  end

  // ---------------------------------------------------------------- register reads
  logic [31:0] rd_data_q, rd_data;

  always_comb begin
    unique case (rd_reg)
      7'd0:               rd_data = sq_base_q[rd_ring][31:0];
      7'd4:               rd_data = sq_base_q[rd_ring][63:32];
      CqBase:             rd_data = cq_base_q[rd_ring][31:0];
      CqBase + 7'd4:      rd_data = cq_base_q[rd_ring][63:32];
      WindowBase:         rd_data = window_base_q[rd_ring][31:0];
      WindowBase + 7'd4:  rd_data = window_base_q[rd_ring][63:32];
      WindowLimit:        rd_data = window_limit_q[rd_ring][31:0];
      WindowLimit + 7'd4: rd_data = window_limit_q[rd_ring][63:32];
      Size:               rd_data = size_q[rd_ring];
      Config:             rd_data = config_q[rd_ring];
      Moderation:         rd_data = moderation_q[rd_ring];
      Enable:             rd_data = {31'd0, enabled[rd_sel]};
      State:              rd_data = {jobs[rd_sel], 14'd0, stopped[rd_sel], enabled[rd_sel]};
      SqHead:             rd_data = 32'(sq_head_o[rd_sel]);
      CqTail:             rd_data = 32'(cq_tail[rd_sel]);
      default:            rd_data = '0;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (mmio_i.rd_valid) rd_data_q <= rd_hit ? rd_data : '0;
  end
  assign rd_data_o = rd_data_q;

  // ---------------------------------------------------------------- errors
  logic   error_valid_q, config_error;
  error_t error_q;

  assign config_error  = wr_enable && data[0] && !usable;
  assign error_valid_o = error_valid_q;
  assign error_o       = error_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) error_valid_q <= 1'b0;
    else error_valid_q <= |{tail_error, head_error, config_error};
  end

  always_ff @(posedge clk_i) begin
    error_q.bits <= '0;
    error_q.bits[abi_pkg::ErrDoorbell]       <= |tail_error;
    error_q.bits[abi_pkg::ErrCompletionHead] <= |head_error;
    error_q.bits[abi_pkg::ErrRingConfig]     <= config_error;
    error_q.ring <= wr_ring;
    error_q.tag  <= '0;
  end

  logic unused_mmio;
  assign unused_mmio = ^{wr_at[15:11], rd_at[15:11], wr_at[1:0], rd_at[1:0]};

endmodule
