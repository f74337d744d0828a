// Hands checked descriptors on: a job to a lane, anything else to its completion.
//
// An item stays until all it needs is there: a context of the chosen lane and room for its read,
// or room for its completion. It leaves in one cycle. While `test_active_i`, jobs come from the
// self-test, which chooses the lane; descriptors that are refused go on between them.

module dispatch
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumLanes = DefaultNumLanes
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [31:0]         cycle_i,
  input  logic [NumLanes-1:0] lane_enable_i,
  output logic                lane_valid_o,
  output logic                empty_o,

  input  logic                item_valid_i,
  output logic                item_ready_o,
  input  item_t               item_i,
  input  logic                test_valid_i,
  output logic                test_ready_o,
  input  logic [LaneW-1:0]    test_lane_i,
  input  job_t                test_job_i,
  input  logic [127:0]        test_data_i,

  input  logic [NumLanes-1:0] ctx_valid_i,
  input  logic [CtxW-1:0]     ctx_id_i [NumLanes],
  output logic [NumLanes-1:0] ctx_take_o,
  output logic [NumLanes-1:0] job_valid_o,
  output job_t                job_o,
  input  logic [NumLanes-1:0] job_end_i,
  input  logic [NumLanes-1:0] load_end_i,

  output logic                input_valid_o,   // to the read engine
  input  logic                input_ready_i,
  output input_t              input_o,
  output logic [3:0]          input_reads_o,
  output logic                direct_valid_o,  // to the input bus; lane and ctx of input_o
  input  logic                direct_ready_i,
  output logic [127:0]        direct_data_o,

  output logic [SlotW-1:0]    slot_o,          // target of key_load and key_zeroise
  input  logic                slot_busy_i,
  output logic                slot_clear_o,
  output logic                slot_loading_o,
  output logic [KeysMax-1:0]  slot_take_o,     // with the keys of job_o
  output logic                program_check_o,
  output logic                program_load_o,
  input  logic                program_ok_i,

  output logic                done_valid_o,
  input  logic                done_ready_i,
  output completion_t         done_o,
  output logic                stall_context_o,
  output logic                event_program_o
);

  logic             lane_found, has_ctx, has_room, go_job, go_done, is_job, is_exclusive;
  logic [LaneW-1:0] best, lane;
  logic [CtxW-1:0]  ctx;
  job_t             job;
  logic             reads;
  logic [7:0]       status;

  lane_choice #(.NumLanes(NumLanes)) u_lane_choice (
    .clk_i, .rst_ni, .enable_i(lane_enable_i), .put_i(go_job), .put_lane_i(lane),
    .end_i(job_end_i), .load_end_i, .valid_o(lane_found), .lane_o(best), .empty_o
  );
  assign lane_valid_o = lane_found;

  // ---------------------------------------------------------------- what it is
  assign is_exclusive = item_i.act == ActKeyLoad || item_i.act == ActZeroise;
  assign is_job = item_i.act == ActJob || (item_i.act == ActKeyLoad && !slot_busy_i);

  always_comb begin
    status = item_i.status;
    if (is_exclusive && slot_busy_i) status = abi_pkg::StatusSlotBusy;
    if (item_i.act == ActProgram && !program_ok_i) status = abi_pkg::StatusBadOpcode;
  end

  // ---------------------------------------------------------------- a job
  assign lane  = test_valid_i ? test_lane_i : best;
  assign reads = !test_valid_i && item_i.reads;

  always_comb begin
    has_ctx = 1'b0;
    ctx     = '0;
    for (int unsigned l = 0; l < NumLanes; l++) begin
      if (lane == LaneW'(l)) begin
        has_ctx = ctx_valid_i[l];
        ctx     = ctx_id_i[l];
      end
    end
  end

  assign has_room = reads ? input_ready_i : direct_ready_i;
  assign go_job   = (test_valid_i || (item_valid_i && is_job && lane_found)) && has_ctx && has_room;

  always_comb begin
    job     = test_valid_i ? test_job_i : item_i.job;
    job.ctx = ctx;
  end

  for (genvar l = 0; l < NumLanes; l++) begin : gen_lane
    assign job_valid_o[l] = go_job && lane == LaneW'(l);
  end
  assign ctx_take_o     = job_valid_o;
  assign job_o          = job;
  assign input_valid_o  = go_job && reads;
  assign input_o = '{
    addr: item_i.input_addr, bytes: item_i.read_bytes, lane: lane, ctx: ctx
  };
  assign input_reads_o  = 4'((BytesW'(item_i.input_addr[8:0]) + item_i.read_bytes
                              + BytesW'(511)) >> 9);
  assign direct_valid_o = go_job && !reads;
  assign direct_data_o  = test_valid_i ? test_data_i : swap_block(item_i.job.expected);
  assign slot_take_o    = (go_job && !test_valid_i) ? item_i.job.keys_used : '0;
  assign test_ready_o   = test_valid_i && go_job;

  // ---------------------------------------------------------------- anything else
  assign go_done        = item_valid_i && !is_job && done_ready_i;
  assign done_valid_o   = item_valid_i && !is_job;
  assign done_o = '{
    id:           item_i.job.id,
    status:       status,
    output_bytes: '0,
    cycles:       cycle_i - item_i.job.start_cycle,
    inline_data:  '0,
    irq:          item_i.job.irq
  };
  assign slot_o         = item_i.job.target;
  assign slot_loading_o = go_job && !test_valid_i && item_i.act == ActKeyLoad;
  assign slot_clear_o   = slot_loading_o
                          || (go_done && item_i.act == ActZeroise && !slot_busy_i);
  assign program_check_o = item_valid_i && item_i.act == ActProgram;
  assign program_load_o  = program_check_o && done_ready_i;

  assign item_ready_o    = go_done || (go_job && !test_valid_i);
  assign stall_context_o = item_valid_i && is_job && !test_valid_i && !has_ctx;
  assign event_program_o = go_job && !test_valid_i && item_i.job.program_job;

endmodule
