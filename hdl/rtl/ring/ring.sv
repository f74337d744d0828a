// One ring: its pointers, its completions in waiting, its interrupt.
//
// enable_i takes over the configuration and sets all counts to 0; it comes only while the ring is
// off and empty. value_i is the value of the doorbell, head or arm write.

module ring
  import front_pkg::*;
#(
  parameter int unsigned ClockKhz = 250000
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        enable_i,
  input  logic        disable_i,
  input  ring_mode_t  mode_i,         // with enable_i
  input  logic        tail_valid_i,
  input  logic        head_valid_i,
  input  logic        arm_i,
  input  logic        moderation_i,
  input  logic [31:0] value_i,
  input  logic [15:0] hold_cycles_i,

  output logic        enabled_o,
  output logic        stopped_o,
  output logic [15:0] jobs_o,
  output logic [15:0] sq_head_o,
  output logic [15:0] cq_tail_o,

  output logic        want_o,         // descriptors can be fetched
  output logic [3:0]  fetch_count_o,
  output logic [15:0] fetch_index_o,
  input  logic        fetch_i,
  input  logic        take_i,
  output logic        take_phase_o,   // that the next descriptor taken must carry
  input  logic        stop_i,
  input  logic [3:0]  lost_i,

  output logic        cq_full_o,
  output logic        cq_wide_o,
  output logic        cq_phase_o,
  output logic [4:0]  cq_at_o,
  input  logic        put_i,
  input  logic        put_irq_i,
  output logic        write_want_o,   // completions can be written
  output logic [4:0]  write_count_o,
  output logic        write_irq_o,
  output logic [15:0] write_index_o,
  output logic [4:0]  write_at_o,
  input  logic        write_i,
  input  logic        commit_i,
  input  logic [4:0]  commit_count_i,
  input  logic        urgent_i,

  output logic        fire_o,
  output logic [3:0]  vector_o,
  output logic        no_credit_o,
  output logic        busy_o,
  output logic        tail_error_o,
  output logic        head_error_o
);
  /*verilator no_inline_module*/

  localparam int unsigned CyclesPerUs = (ClockKhz >= 1000) ? ClockKhz / 1000 : 100;

  ring_mode_t  mode_q;
  logic [7:0]  count_q;
  logic [23:0] hold_q;
  logic        timer, pending, gathered;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mode_q  <= '0;
      count_q <= '0;
      hold_q  <= '0;
    end else begin
      if (enable_i) mode_q <= mode_i;
      if (moderation_i) begin
        count_q <= value_i[7:0];
        hold_q  <= 24'(value_i[31:16]) * 24'(CyclesPerUs);
      end
    end
  end

  ring_ptr u_ptr (
    .clk_i, .rst_ni, .enable_i, .disable_i, .stop_i, .lost_i, .log2_size_i(mode_q.log2_size),
    .base_line_i(mode_q.sq_line), .tail_valid_i, .tail_i(value_i[15:0]), .head_valid_i,
    .head_i(value_i[15:0]), .tail_error_o, .head_error_o, .want_o, .fetch_count_o,
    .fetch_index_o, .fetch_i, .take_i, .take_phase_o,
    .commit_i(commit_i ? commit_count_i : '0), .no_credit_o, .enabled_o, .stopped_o, .jobs_o,
    .sq_head_o, .cq_tail_o, .busy_o(pending)
  );

  cq_gather u_gather (
    .clk_i, .rst_ni, .enable_i, .wide_i(mode_q.wide), .log2_size_i(mode_q.log2_size),
    .base_line_i(mode_q.cq_line), .hold_cycles_i, .cq_tail_i(cq_tail_o), .jobs_i(jobs_o),
    .put_i, .put_irq_i, .full_o(cq_full_o), .phase_o(cq_phase_o), .put_at_o(cq_at_o),
    .want_o(write_want_o), .write_i, .count_o(write_count_o), .irq_o(write_irq_o),
    .index_o(write_index_o), .at_o(write_at_o), .busy_o(gathered)
  );

  moderation u_moderation (
    .clk_i, .rst_ni, .disarm_i(enable_i), .arm_i(arm_i && enabled_o), .taken_i(value_i[15:0]),
    .cq_tail_i(cq_tail_o), .urgent_i, .count_i(count_q), .hold_i(hold_q), .fire_o,
    .busy_o(timer)
  );

  assign cq_wide_o = mode_q.wide;
  assign vector_o  = mode_q.msix;
  assign busy_o    = timer || pending || gathered;

endmodule
