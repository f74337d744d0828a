// What must hold of the calendar: a slot has one owner, a message's blocks leave in order, one a
// turn, each exactly one period after the last, and no two messages share a turn.
//
// One message is watched: context `ctx_i`, steady and otherwise free. The sequencer's promise is
// assumed: a context is in the serial queue or in the calendar once, and has at least one block.
// The induction is longer than a lap, so all that the calendar holds has entered under its eyes.

module calendar_props
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned Period = 5,
  parameter int unsigned BlocksMax = 4
) (
  input logic            clk_i,
  input logic            init_valid_i,
  input logic            serial_valid_i,
  input turn_t           serial_i,
  input logic            parallel_valid_i,
  input logic [CtxW-1:0] ctx_i
);

  logic              rst_n = 1'b0;
  logic              init_take, serial_take, parallel_take, issue, last, fatal;
  logic [CtxW-1:0]   issue_ctx, ctx_q;
  logic [BlockW-1:0] index;

  calendar #(
    .Period (Period)
  ) dut (
    .clk_i,
    .rst_ni           (rst_n),
    .init_valid_i,
    .init_take_o      (init_take),
    .serial_valid_i,
    .serial_i,
    .serial_take_o    (serial_take),
    .parallel_valid_i,
    .parallel_take_o  (parallel_take),
    .issue_valid_o    (issue),
    .issue_ctx_o      (issue_ctx),
    .issue_index_o    (index),
    .issue_last_o     (last),
    .fatal_o          (fatal)
  );

  // The watched message, as it ought to go.
  logic              inside_q;
  logic [BlockW-1:0] next_q, left_q;
  logic [3:0]        wait_q;   // cycles until its next turn
  logic              mine;

  assign mine = issue && issue_ctx == ctx_i;

  always_ff @(posedge clk_i) begin
    rst_n <= 1'b1;
    ctx_q <= ctx_i;
    if (!rst_n) begin
      inside_q <= 1'b0;
      next_q   <= '0;
      left_q   <= '0;
      wait_q   <= '0;
    end else begin
      assume (ctx_i == ctx_q);
      assume (!serial_valid_i || (serial_i.blocks != '0 && serial_i.blocks <= BlockW'(BlocksMax)));
      assume (!serial_valid_i || serial_i.ctx != ctx_i || !inside_q);

      a_legal: assert (!fatal);
      a_one:   assert ($onehot0({init_take, serial_take, parallel_take, issue && !serial_take}));
      // the free slot goes to somebody who waits
      a_busy:  assert (!(serial_valid_i || parallel_valid_i || init_valid_i)
                   || init_take || serial_take || parallel_take || issue);
      // what is kept to save a comparison is what it would give
      a_same:  assert (!issue || last == (dut.now.left == BlockW'(1)));
      // the watched message issues exactly when its turn comes
      a_turn:  assert (!inside_q || mine == (wait_q == '0));
      a_order: assert (!mine || index == (inside_q ? next_q : '0));
      a_last:  assert (!mine || last == ((inside_q ? left_q : serial_i.blocks) == BlockW'(1)));
      a_start: assert (!mine || inside_q || (serial_take && serial_i.ctx == ctx_i));

      a_left:  assert (!mine || dut.now.left == (inside_q ? left_q : serial_i.blocks));
      // the watched message is in one slot, and no other one says that it is
      a_slot:  assert (!inside_q || wait_q == 4'(Period - 1) || dut.owned_q[2'(wait_q)]);
      a_alone: assert (!issue || serial_take || issue_ctx != ctx_i || (inside_q && wait_q == '0));
      a_range: assert (!inside_q || (wait_q < 4'(Period) && left_q != '0
                   && left_q <= BlockW'(BlocksMax)));
      if (mine) begin
        inside_q <= !last;
        next_q   <= (inside_q ? next_q : '0) + BlockW'(1);
        left_q   <= (inside_q ? left_q : serial_i.blocks) - BlockW'(1);
        wait_q   <= 4'(Period - 1);
      end else if (wait_q != '0) begin
        wait_q <= wait_q - 4'd1;
      end
      c_handover: cover (serial_take && wait_q == 4'(Period - 1) && next_q == BlockW'(3));
    end
  end

endmodule
