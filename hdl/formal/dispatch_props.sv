// A checked descriptor leaves once: as a job, under its own name, in a free context of one lane,
// with one way for its input; or as a completion under its own name. What stays leaves no trace.

module dispatch_props
  import card_pkg::*;
  import front_pkg::*;
#(
  localparam int unsigned NumLanes = 2
) (
  input logic                clk_i,
  input logic                rst_ni,
  input logic [31:0]         cycle_i,
  input logic [NumLanes-1:0] lane_enable_i,
  input logic                item_valid_i,
  input item_t               item_i,
  input logic                test_valid_i,
  input logic [LaneW-1:0]    test_lane_i,
  input job_t                test_job_i,
  input logic [NumLanes-1:0] ctx_valid_i,
  input logic [CtxW-1:0]     ctx_0_i,
  input logic [CtxW-1:0]     ctx_1_i,
  input logic [NumLanes-1:0] job_end_i,
  input logic [NumLanes-1:0] load_end_i,
  input logic                input_ready_i,
  input logic                direct_ready_i,
  input logic                slot_busy_i,
  input logic                program_ok_i,
  input logic                done_ready_i
);

  logic [NumLanes-1:0] ctx_take, job_valid;
  logic [CtxW-1:0]     ctx [NumLanes];
  logic                item_ready, test_ready, input_valid, direct_valid, done_valid;
  logic                is_job, is_done;
  job_t                job;
  input_t              way;
  completion_t         done;

  assign ctx[0] = ctx_0_i;
  assign ctx[1] = ctx_1_i;

  dispatch #(
    .NumLanes (NumLanes)
  ) dut (
    .clk_i,
    .rst_ni,
    .cycle_i,
    .lane_enable_i,
    .lane_valid_o    (),
    .empty_o         (),
    .item_valid_i,
    .item_ready_o    (item_ready),
    .item_i,
    .test_valid_i,
    .test_ready_o    (test_ready),
    .test_lane_i,
    .test_job_i,
    .test_data_i     ('0),
    .ctx_valid_i,
    .ctx_id_i        (ctx),
    .ctx_take_o      (ctx_take),
    .job_valid_o     (job_valid),
    .job_o           (job),
    .job_end_i,
    .load_end_i,
    .input_valid_o   (input_valid),
    .input_ready_i,
    .input_o         (way),
    .input_reads_o   (),
    .direct_valid_o  (direct_valid),
    .direct_ready_i,
    .direct_data_o   (),
    .slot_o          (),
    .slot_busy_i,
    .slot_clear_o    (),
    .slot_loading_o  (),
    .slot_take_o     (),
    .program_check_o (),
    .program_load_o  (),
    .program_ok_i,
    .done_valid_o    (done_valid),
    .done_ready_i,
    .done_o          (done),
    .stall_context_o (),
    .event_program_o ()
  );

  assign is_job  = |job_valid && !test_ready;   // of the descriptor
  assign is_done = done_valid && done_ready_i;

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assume (!test_valid_i || test_lane_i < LaneW'(NumLanes));

      // it leaves when, and only when, it is a job or a completion, and is not both
      a_once:  assert (item_ready == (is_job || is_done) && !(is_job && is_done));
      a_there: assert (!item_ready || item_valid_i);
      a_name:  assert ((!is_job || job.id == item_i.job.id)
                   && (!is_done || done.id == item_i.job.id));
      // a job is in one context, which the lane gives away for it
      a_lane:  assert ($onehot0(job_valid) && ctx_take == job_valid
                   && (job_valid & ~ctx_valid_i) == '0);
      a_ctx:   assert ((!job_valid[0] || job.ctx == ctx_0_i)
                   && (!job_valid[1] || job.ctx == ctx_1_i));
      // its input takes one way, for which there is room
      a_input: assert ((input_valid ^ direct_valid) == |job_valid
                   && !(input_valid && direct_valid)
                   && (!input_valid || input_ready_i) && (!direct_valid || direct_ready_i));
      a_to:    assert (!(|job_valid) || (way.ctx == job.ctx && way.lane == LaneW'(job_valid[1])));
      c_job:   cover (is_job && job_valid[1] && input_valid);
      c_done:  cover (is_done && test_ready);
    end
  end

endmodule
