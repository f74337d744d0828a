// Input of jobs on its way into the clusters, and the start of a job when all of it came.
//
// One line per cycle for all clusters together. Lines read from the host go first; input that was
// in the descriptor, or is empty, waits in a queue of four for a cycle without one. A line goes
// to its cluster in the cycle of its beat; start_* follow the last line by one cycle.
// The reads of a job are counted against the number told by expect_*.

module input_bus
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumLanes = DefaultNumLanes
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                clear_valid_i,  // after reset: empties the counts, one per cycle
  input  logic [TableW-1:0]   clear_i,

  input  logic                expect_valid_i,
  input  logic [LaneW-1:0]    expect_lane_i,
  input  logic [CtxW-1:0]     expect_ctx_i,
  input  logic [3:0]          expect_reads_i,
  input  logic                direct_valid_i,
  output logic                direct_ready_o,
  input  logic [LaneW-1:0]    direct_lane_i,
  input  logic [CtxW-1:0]     direct_ctx_i,
  input  logic [127:0]        direct_data_i,

  input  logic                beat_valid_i,
  input  beat_t               beat_i,
  input  line_t               beat_data_i,

  output logic [NumLanes-1:0] in_valid_o,
  output logic [CtxW-1:0]     in_ctx_o,
  output logic [LineW-1:0]    in_line_o,
  output line_t               in_data_o,
  output logic [NumLanes-1:0] start_valid_o,
  output logic [CtxW-1:0]     start_ctx_o,
  output logic                start_error_o,
  output logic                busy_o
);

  typedef struct packed {
    logic [LaneW-1:0] lane;
    logic [CtxW-1:0]  ctx;
    logic [127:0]     data;
  } direct_t;

  logic [3:0]          reads_q [1 << TableW];
  logic [4:0]          came_q [1 << TableW];   // {failed, reads that ended}
  logic [NumLanes-1:0] start_valid_q;
  logic [CtxW-1:0]     start_ctx_q;
  logic                start_error_q;

  direct_t             direct;
  logic                direct_valid, payload, ended, complete, failed, start;
  logic [TableW-1:0]   at;
  logic [4:0]          came;
  logic [LaneW-1:0]    lane;
  logic                unused_desc;

  queue #(.Width($bits(direct_t)), .Depth(4)) u_direct (
    .clk_i, .rst_ni, .in_valid_i(direct_valid_i), .in_ready_o(direct_ready_o),
    .in_data_i({direct_lane_i, direct_ctx_i, direct_data_i}), .out_valid_o(direct_valid),
    .out_ready_i(!payload), .out_data_o(direct)
  );
  assign unused_desc    = beat_i.is_desc;

  assign payload  = beat_valid_i;
  assign at       = {beat_i.lane, beat_i.ctx};
  assign came     = came_q[at];
  assign ended    = payload && beat_i.last;
  assign complete = ended && came[3:0] + 4'd1 == reads_q[at];
  assign failed   = came[4] || beat_i.failed;
  assign start    = payload ? complete : direct_valid;
  assign lane     = payload ? beat_i.lane : direct.lane;

  assign in_ctx_o  = payload ? beat_i.ctx : direct.ctx;
  assign in_line_o = payload ? beat_i.line : '0;
  assign in_data_o = payload ? beat_data_i : {384'd0, direct.data};
  for (genvar l = 0; l < NumLanes; l++) begin : gen_valid
    assign in_valid_o[l] = (payload ? beat_i.store : direct_valid) && lane == LaneW'(l);
  end

  always_ff @(posedge clk_i) begin
    if (expect_valid_i) reads_q[{expect_lane_i, expect_ctx_i}] <= expect_reads_i;
    if (clear_valid_i) came_q[clear_i] <= '0;
    else if (ended) came_q[at] <= complete ? '0 : {failed, came[3:0] + 4'd1};
    start_ctx_q   <= in_ctx_o;
    start_error_q <= payload && failed;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      start_valid_q <= '0;
    end else begin
      for (int unsigned l = 0; l < NumLanes; l++) begin
        start_valid_q[l] <= start && lane == LaneW'(l);
      end
    end
  end

  assign start_valid_o = start_valid_q;
  assign start_ctx_o   = start_ctx_q;
  assign start_error_o = start_error_q;
  assign busy_o        = direct_valid || |start_valid_q;

endmodule
