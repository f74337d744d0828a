// Known answers through every enabled lane, as real jobs, before the card takes work.
//
// For each key length the key is put into the self-test's slot, then every test of that length
// runs on every enabled lane, one job at a time. The answer must come within WaitMax cycles.
// The first difference ends the run: failed_o holds the test's number (from 1) in bits 3:0 and
// the lane in 7:4. passed_o holds while no lane is enabled that was not tested.

module selftest
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumLanes = DefaultNumLanes,
  parameter int unsigned NumSlots = DefaultNumSlots
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [31:0]         cycle_i,
  input  logic                start_i,
  input  logic [NumLanes-1:0] lane_enable_i,

  output logic                key_valid_o,
  output logic [1:0]          key_len_o,
  output logic [255:0]        key_o,
  input  logic                key_done_i,

  output logic                job_valid_o,
  input  logic                job_ready_i,
  output logic [LaneW-1:0]    job_lane_o,
  output job_t                job_o,
  output logic [127:0]        job_data_o,   // as in memory
  input  logic                done_valid_i,
  input  completion_t         done_i,

  output logic                running_o,
  output logic                passed_o,
  output logic [7:0]          failed_o,
  output logic                error_valid_o,
  output error_t              error_o,
  output logic                fatal_o
);

  localparam int unsigned NumTests = 9;
  localparam logic [15:0] WaitMax = 16'd8191;

  // FIPS-197 C.1 to C.3; the others under the same key and with the same block.
  localparam logic [255:0] Key =
      256'h000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f;
  localparam block_t Plain = 128'h00112233445566778899aabbccddeeff;
  localparam block_t Cipher128 = 128'h69c4e0d86a7b0430d8cdb78070b4c55a;
  localparam block_t Cipher192 = 128'hdda97ca4864cdfe06eaf70a0ec0d7191;
  localparam block_t Cipher256 = 128'h8ea2b7ca516745bfeafc49904b496089;
  localparam block_t Cmac256 = 128'hf2217dbbd5ff435d4a87b23a77798ede;
  localparam block_t GcmIv = 128'h101112131415161718191a1b00000001;
  localparam block_t GcmData = 128'h7defba250d9c5cc442eca2a6c3a487ac;
  localparam block_t GcmTag = 128'h8c35a25e4d952d13bed288067ed52b92;

  typedef struct packed {
    logic [1:0] key_len;
    step_kind_e kind;
    block_t     data;
    block_t     expected;   // tag
    block_t     answer;
    logic [7:0] status;
  } test_t;

  function automatic test_t test(logic [3:0] number);
    test_t t;
    t = '{key_len: 2'd2, kind: StepEcbEncrypt, data: Plain, expected: '0, answer: Cipher256,
          status: abi_pkg::StatusOk};
    unique case (number)
      4'd1: begin
        t.key_len = 2'd0;
        t.answer  = Cipher128;
      end
      4'd2: begin
        t.key_len = 2'd0;
        t.kind    = StepEcbOpen;
        t.data    = Cipher128;
        t.answer  = Plain;
      end
      4'd3: begin
        t.key_len = 2'd1;
        t.answer  = Cipher192;
      end
      4'd4: begin
        t.key_len = 2'd1;
        t.kind    = StepEcbOpen;
        t.data    = Cipher192;
        t.answer  = Plain;
      end
      4'd6: begin
        t.kind   = StepEcbOpen;
        t.data   = Cipher256;
        t.answer = Plain;
      end
      4'd7: begin
        t.kind   = StepCmac;
        t.answer = Cmac256;
      end
      4'd8: begin
        t.kind     = StepGcmOpen;
        t.data     = GcmData;
        t.expected = GcmTag;
        t.answer   = Plain;
      end
      4'd9: begin
        t.kind     = StepGcmOpen;
        t.data     = GcmData;
        t.expected = GcmTag ^ 128'd1;
        t.answer   = '0;
        t.status   = abi_pkg::StatusTagMismatch;
      end
      default: ;
    endcase
    return t;
  endfunction

  typedef enum logic [5:0] {
    StIdle = 6'b000111,
    StKey  = 6'b011001,
    StLane = 6'b101010,
    StJob  = 6'b110100,
    StWait = 6'b001100
  } state_e;

  state_e              state_q;
  logic [3:0]          number_q;
  logic [LaneW-1:0]    lane_q;
  logic [15:0]         wait_q;
  logic [NumLanes-1:0] tested_q;
  logic                passed_q;
  logic [7:0]          failed_q;
  logic                error_q;
  test_t               now;
  logic                good, late, last_lane, skip;

  assign now       = test(number_q);
  assign good      = done_i.status == now.status && done_i.inline_data == now.answer;
  assign late      = wait_q == WaitMax;
  assign last_lane = lane_q == LaneW'(NumLanes - 1);
  assign skip      = (lane_enable_i & (NumLanes'(1) << lane_q)) == '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= StIdle;
      number_q <= '0;
      lane_q   <= '0;
      wait_q   <= '0;
      tested_q <= '0;
      passed_q <= 1'b0;
      failed_q <= '0;
      error_q  <= 1'b0;
    end else begin
      error_q <= 1'b0;
      unique case (state_q)
        StIdle: begin
          if (start_i) begin
            state_q  <= StKey;
            number_q <= 4'd1;
            passed_q <= 1'b0;
            failed_q <= '0;
            tested_q <= lane_enable_i;
          end
        end
        StKey: begin
          if (key_done_i) begin
            state_q <= StLane;
            lane_q  <= '0;
          end
        end
        StLane: begin
          wait_q <= '0;
          if (!skip) begin
            state_q <= StJob;
          end else if (!last_lane) begin
            lane_q <= lane_q + LaneW'(1);
          end else if (number_q != 4'(NumTests)) begin
            // the key stays when the next test has its length; loading it again is harmless
            number_q <= number_q + 4'd1;
            state_q  <= StKey;
          end else begin
            passed_q <= 1'b1;
            state_q  <= StIdle;
          end
        end
        StJob: begin
          if (job_ready_i) state_q <= StWait;
        end
        StWait: begin
          wait_q <= wait_q + 16'd1;
          if (late || (done_valid_i && !good)) begin
            failed_q <= {4'(lane_q), number_q};
            error_q  <= 1'b1;
            state_q  <= StIdle;
          end else if (done_valid_i && !last_lane) begin
            lane_q  <= lane_q + LaneW'(1);
            state_q <= StLane;
          end else if (done_valid_i && number_q != 4'(NumTests)) begin
            number_q <= number_q + 4'd1;
            state_q  <= StKey;
          end else if (done_valid_i) begin
            passed_q <= 1'b1;
            state_q  <= StIdle;
          end
        end
        default: state_q <= state_q;
      endcase
    end
  end

  assign key_valid_o = state_q == StKey;
  assign key_len_o   = now.key_len;
  assign key_o       = Key;
  assign job_valid_o = state_q == StJob;
  assign job_lane_o  = lane_q;
  assign job_data_o  = swap_block(now.data);

  always_comb begin
    job_o               = '0;
    job_o.id.ring       = TestRing;
    job_o.inline_output = 1'b1;
    job_o.start_cycle   = cycle_i;
    job_o.steps[0].kind = now.kind;
    job_o.keys[0].slot    = SlotW'(NumSlots + 2);
    job_o.keys[0].key_len = now.key_len;
    job_o.data_bytes    = BytesW'(16);
    job_o.tag_block     = BlockW'(1);
    job_o.iv            = GcmIv;
    job_o.expected      = now.expected;
    job_o.output_bytes  = BytesW'(16);
  end

  assign running_o     = state_q != StIdle;
  assign passed_o      = passed_q && (lane_enable_i & ~tested_q) == '0;
  assign failed_o      = failed_q;
  assign error_valid_o = error_q;
  assign error_o = '{
    bits: NumErrors'(1) << abi_pkg::ErrSelftest, ring: TestRing, tag: 16'(failed_q)
  };
  assign fatal_o = !(state_q inside {StIdle, StKey, StLane, StJob, StWait});

  logic unused_done;
  assign unused_done = ^{done_i.id, done_i.output_bytes, done_i.cycles, done_i.irq};

endmodule
