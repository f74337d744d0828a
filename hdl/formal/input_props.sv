// A job starts once: after all reads of its input ended, or after its descriptor's own input went
// into the cluster; never before.
//
// One context of one lane is watched; all are alike, rows of two tables. The front's promises are
// assumed: a context has one job, told by expect_* or by direct_*, each of its reads ends once, and
// counts are emptied before there are jobs.

module input_props
  import card_pkg::*;
  import front_pkg::*;
#(
  localparam int unsigned NumLanes = 2,
  localparam logic [LaneW-1:0] Lane = 2'd1,
  localparam logic [CtxW-1:0] Ctx = 7'd5,
  localparam logic [TableW-1:0] At = {Lane, Ctx}
) (
  input logic              clk_i,
  input logic              clear_valid_i,
  input logic [TableW-1:0] clear_i,
  input logic              expect_valid_i,
  input logic [LaneW-1:0]  expect_lane_i,
  input logic [CtxW-1:0]   expect_ctx_i,
  input logic [3:0]        expect_reads_i,
  input logic              direct_valid_i,
  input logic [LaneW-1:0]  direct_lane_i,
  input logic [CtxW-1:0]   direct_ctx_i,
  input logic              beat_valid_i,
  input beat_t             beat_i
);

  logic                rst_n = 1'b0;
  logic                direct_ready;
  logic [NumLanes-1:0] start_valid;
  logic [CtxW-1:0]     start_ctx;

  input_bus #(
    .NumLanes (NumLanes)
  ) dut (
    .clk_i,
    .rst_ni         (rst_n),
    .clear_valid_i,
    .clear_i,
    .expect_valid_i,
    .expect_lane_i,
    .expect_ctx_i,
    .expect_reads_i,
    .direct_valid_i,
    .direct_ready_o (direct_ready),
    .direct_lane_i,
    .direct_ctx_i,
    .direct_data_i  ('0),
    .beat_valid_i,
    .beat_i,
    .beat_data_i    ('0),
    .in_valid_o     (),
    .in_ctx_o       (),
    .in_line_o      (),
    .in_data_o      (),
    .start_valid_o  (start_valid),
    .start_ctx_o    (start_ctx),
    .start_error_o  (),
    .busy_o         ()
  );

  // The watched context, as it ought to go.
  logic             clear_q;    // its count was emptied after reset
  logic             direct_q;   // its descriptor's input waits
  logic [3:0]       left_q;     // reads that did not end yet
  logic             due_q;      // it starts in this cycle
  logic             is_expect, is_direct, is_end, is_start;
  logic [3:0]       mine;       // places of the queue that hold it

  assign is_expect = expect_valid_i && expect_lane_i == Lane && expect_ctx_i == Ctx;
  assign is_direct = direct_valid_i && direct_ready && direct_lane_i == Lane
      && direct_ctx_i == Ctx;
  assign is_end    = beat_valid_i && beat_i.last && beat_i.lane == Lane && beat_i.ctx == Ctx;
  assign is_start  = start_valid[Lane[0]] && start_ctx == Ctx;

  for (genvar k = 0; k < 4; k++) begin : gen_places
    logic [1:0] place;
    assign place   = dut.u_direct.head_q + 2'(k);
    assign mine[k] = dut.u_direct.count_q > 3'(k)
        && dut.u_direct.mem_q[place][128 +: TableW] == At;
  end

  always_ff @(posedge clk_i) begin
    rst_n <= 1'b1;
    if (!rst_n) begin
      clear_q  <= 1'b0;
      direct_q <= 1'b0;
      left_q   <= '0;
      due_q    <= 1'b0;
    end else begin
      assume (!(is_expect || is_direct) || (clear_q && !direct_q && left_q == '0 && !due_q));
      assume (!(is_expect && is_direct));
      assume (!is_expect || expect_reads_i != '0);
      assume (!is_end || left_q != '0);
      assume (!clear_valid_i || (left_q == '0 && (clear_i != At || !clear_q)));

      if (clear_valid_i && clear_i == At) clear_q <= 1'b1;
      if (is_direct) direct_q <= 1'b1;
      else if (mine[0] && !beat_valid_i) direct_q <= 1'b0;
      if (is_expect) left_q <= expect_reads_i;
      else if (is_end) left_q <= left_q - 4'd1;
      due_q <= (is_end && left_q == 4'd1) || (mine[0] && !beat_valid_i);

      // it starts when it is due and at no other time
      a_start: assert (is_start == due_q);
      a_lane:  assert ($onehot0(start_valid));
      // its state is as it ought to be
      a_held:  assert ($onehot0(mine) && |mine == direct_q);
      a_alone: assert ($onehot0({direct_q, left_q != '0, due_q}));
      a_came:  assert (!clear_q || (left_q == '0 ? dut.came_q[At] == '0
                   : dut.came_q[At][3:0] < dut.reads_q[At]
                   && dut.reads_q[At] - dut.came_q[At][3:0] == left_q));
      a_clear: assert (clear_q || (!direct_q && left_q == '0 && !due_q));
      a_queue: assert (dut.u_direct.count_q <= 3'd4
                   && dut.u_direct.tail_q == dut.u_direct.head_q + dut.u_direct.count_q[1:0]);
      c_reads: cover (is_start && dut.reads_q[At] == 4'd3);
      c_input: cover (is_start && direct_q == 1'b0 && mine == '0 && left_q == '0);
    end
  end

endmodule
