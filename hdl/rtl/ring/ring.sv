// One ring: its registers, its pointers, its interrupt.
//
// Configuration registers may be written at any time and are taken over when the ring is enabled.
// That happens only while the ring is off and empty, with addresses and a size the card can use;
// else config_error_o pulses and the ring stays as it is. rd_data_o follows rd_reg_i without delay.

module ring
  import front_pkg::*;
#(
  parameter int unsigned ClockKhz = 250000
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        wr_valid_i,
  input  logic [6:0]  wr_reg_i,       // offset in the ring's registers
  input  logic [31:0] wr_data_i,
  input  logic [6:0]  rd_reg_i,
  output logic [31:0] rd_data_o,

  output ring_cfg_t   cfg_o,
  output ring_ptrs_t  ptrs_o,
  output logic        enable_o,
  output logic        want_o,
  output logic [3:0]  fetch_count_o,
  input  logic        fetch_i,
  input  logic        take_i,
  output logic        phase_o,        // of the next descriptor that is taken
  input  logic        stop_i,
  input  logic [3:0]  lost_i,
  input  logic [4:0]  commit_i,
  input  logic        urgent_i,
  output logic        fire_o,
  output logic        no_credit_o,
  output logic        busy_o,
  output logic        tail_error_o,
  output logic        head_error_o,
  output logic        config_error_o
);

  localparam int unsigned CyclesPerUs = (ClockKhz >= 1000) ? ClockKhz / 1000 : 100;

  function automatic logic [6:0] offset(logic [15:0] address);
    return 7'(address - abi_pkg::RegRingSqBase);
  endfunction

  localparam logic [6:0] SqBase = offset(abi_pkg::RegRingSqBase);
  localparam logic [6:0] CqBase = offset(abi_pkg::RegRingCqBase);
  localparam logic [6:0] Size = offset(abi_pkg::RegRingSize);
  localparam logic [6:0] Config = offset(abi_pkg::RegRingConfig);
  localparam logic [6:0] Moderation = offset(abi_pkg::RegRingModeration);
  localparam logic [6:0] Enable = offset(abi_pkg::RegRingEnable);
  localparam logic [6:0] State = offset(abi_pkg::RegRingState);
  localparam logic [6:0] WindowBase = offset(abi_pkg::RegRingWindowBase);
  localparam logic [6:0] WindowLimit = offset(abi_pkg::RegRingWindowLimit);
  localparam logic [6:0] SqTail = offset(abi_pkg::RegRingSqTail);
  localparam logic [6:0] CqHead = offset(abi_pkg::RegRingCqHead);
  localparam logic [6:0] Arm = offset(abi_pkg::RegRingArm);
  localparam logic [6:0] SqHead = offset(abi_pkg::RegRingSqHead);
  localparam logic [6:0] CqTail = offset(abi_pkg::RegRingCqTail);

  logic [63:0] sq_base_q, cq_base_q, window_base_q, window_limit_q;
  logic [31:0] size_q, config_q, moderation_q;
  logic [23:0] hold_q;
  ring_cfg_t   cfg_q;
  ring_ptrs_t  ptrs;
  logic        wr_enable, enable, disable_ring, usable, fire, timer, pending;
  logic        arm, tail, head;

  assign tail = wr_valid_i && wr_reg_i == SqTail;
  assign head = wr_valid_i && wr_reg_i == CqHead;
  assign arm  = wr_valid_i && wr_reg_i == Arm;

  // ---------------------------------------------------------------- enable
  assign usable = size_q >= abi_pkg::RingLog2SizeMin && size_q <= abi_pkg::RingLog2SizeMax
                  && sq_base_q[5:0] == '0 && cq_base_q[5:0] == '0
                  && !ptrs.enabled && ptrs.jobs == '0;
  assign wr_enable      = wr_valid_i && wr_reg_i == Enable;
  assign enable         = wr_enable && wr_data_i[0] && usable;
  assign disable_ring   = wr_enable && !wr_data_i[0];
  assign config_error_o = wr_enable && wr_data_i[0] && !usable;
  assign enable_o       = enable;
  assign cfg_o          = cfg_q;
  assign ptrs_o         = ptrs;
  assign phase_o        = ~|(ptrs.sq_head & (16'd1 << cfg_q.log2_size));

  always_ff @(posedge clk_i) begin
    if (enable) begin
      cfg_q <= '{
        sq_base:      sq_base_q,
        cq_base:      cq_base_q,
        window_base:  window_base_q,
        window_limit: window_limit_q,
        log2_size:    size_q[3:0],
        wide:         config_q[0],
        msix:         config_q[11:8]
      };
    end
    hold_q <= 24'(moderation_q[31:16]) * 24'(CyclesPerUs);
  end

  ring_ptr u_ptr (
    .clk_i, .rst_ni, .enable_i(enable), .disable_i(disable_ring), .stop_i, .lost_i,
    .log2_size_i(cfg_q.log2_size), .base_line_i(cfg_q.sq_base[8:6]),
    .tail_valid_i(tail), .tail_i(wr_data_i[15:0]), .head_valid_i(head), .head_i(wr_data_i[15:0]),
    .tail_error_o, .head_error_o, .want_o, .fetch_count_o, .fetch_i, .take_i, .commit_i,
    .no_credit_o, .ptrs_o(ptrs), .busy_o(pending)
  );

  moderation u_moderation (
    .clk_i, .rst_ni, .disarm_i(enable), .arm_i(arm && ptrs.enabled), .taken_i(wr_data_i[15:0]),
    .cq_tail_i(ptrs.cq_tail), .urgent_i, .count_i(moderation_q[7:0]), .hold_i(hold_q),
    .fire_o(fire), .busy_o(timer)
  );
  assign fire_o = fire;
  assign busy_o = timer || pending;

  // ---------------------------------------------------------------- registers
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sq_base_q      <= '0;
      cq_base_q      <= '0;
      window_base_q  <= '0;
      window_limit_q <= '0;
      size_q         <= '0;
      config_q       <= '0;
      moderation_q   <= '0;
    end else if (wr_valid_i) begin
      unique case (wr_reg_i)
        SqBase, SqBase + 7'd4:
          sq_base_q <= merge_word(sq_base_q, wr_reg_i[2], wr_data_i);
        CqBase, CqBase + 7'd4:
          cq_base_q <= merge_word(cq_base_q, wr_reg_i[2], wr_data_i);
        WindowBase, WindowBase + 7'd4:
          window_base_q <= merge_word(window_base_q, wr_reg_i[2], wr_data_i);
        WindowLimit, WindowLimit + 7'd4:
          window_limit_q <= merge_word(window_limit_q, wr_reg_i[2], wr_data_i);
        Size:       size_q <= wr_data_i;
        Config:     config_q <= wr_data_i;
        Moderation: moderation_q <= wr_data_i;
        default: ;
      endcase
    end
  end

  always_comb begin
    unique case (rd_reg_i)
      SqBase:             rd_data_o = sq_base_q[31:0];
      SqBase + 7'd4:      rd_data_o = sq_base_q[63:32];
      CqBase:             rd_data_o = cq_base_q[31:0];
      CqBase + 7'd4:      rd_data_o = cq_base_q[63:32];
      WindowBase:         rd_data_o = window_base_q[31:0];
      WindowBase + 7'd4:  rd_data_o = window_base_q[63:32];
      WindowLimit:        rd_data_o = window_limit_q[31:0];
      WindowLimit + 7'd4: rd_data_o = window_limit_q[63:32];
      Size:               rd_data_o = size_q;
      Config:             rd_data_o = config_q;
      Moderation:         rd_data_o = moderation_q;
      Enable:             rd_data_o = {31'd0, ptrs.enabled};
      State:              rd_data_o = {ptrs.jobs, 14'd0, ptrs.stopped, ptrs.enabled};
      SqHead:             rd_data_o = 32'(ptrs.sq_head);
      CqTail:             rd_data_o = 32'(ptrs.cq_tail);
      default:            rd_data_o = '0;
    endcase
  end

endmodule
