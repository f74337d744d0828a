// Registers of the card as a whole.
//
// `ctrl` takes effect when it is written twice in a row with one value; it is kept twice, once
// inverted, and any difference is an error that stops the card. The transport key can be
// written until it is locked, and is wiped here when the key unit has it. Reads follow mmio_i by
// one cycle, zero for other addresses.

module regs
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumLanes = DefaultNumLanes,
  parameter int unsigned RegsPerRound = DefaultRegsPerRound,
  parameter int unsigned SboxArch = DefaultSboxArch,
  parameter int unsigned NumSlots = DefaultNumSlots,
  parameter int unsigned NumCtx = DefaultNumCtx,
  parameter int unsigned NumRings = DefaultNumRings,
  parameter int unsigned ReadTags = DefaultReadTags,
  parameter int unsigned Configuration = 2,
  parameter int unsigned ClockKhz = 250000,
  parameter logic [31:0] Build = '0
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  mmio_t                mmio_i,
  output logic [31:0]          rd_data_o,

  input  logic [6:0]           epoch_i,
  input  logic                 idle_i,
  input  logic                 empty_i,         // no job is inside
  input  logic                 fatal_i,
  output logic                 enable_o,
  output logic                 quiesce_o,
  output logic                 reset_o,
  output logic [31:0]          cycle_o,
  output logic [NumLanes-1:0]  lane_enable_o,
  output logic [23:0]          read_timeout_o,
  output logic [15:0]          completion_hold_o,

  input  logic [NumErrors-1:0] error_i,
  input  logic [31:0]          error_first_i,
  output logic                 error_clear_o,
  output logic [NumErrors-1:0] error_bits_o,
  output logic [NumErrors-1:0] error_mask_o,
  output logic                 error_valid_o,   // shadow
  output error_t               error_o,

  output logic                 test_start_o,
  input  logic                 test_running_i,
  input  logic                 test_passed_i,
  input  logic [7:0]           test_failed_i,
  output logic                 transport_o,
  output logic [255:0]         transport_key_o,
  input  logic                 transport_loaded_i
);

  localparam int unsigned Latency = aes_pkg::lane_latency(RegsPerRound);
  localparam int unsigned Period = calendar_period(Latency);
  localparam logic [31:0] Opcodes = 32'(1) << abi_pkg::OpNop | 32'(1) << abi_pkg::OpEcb
      | 32'(1) << abi_pkg::OpCbc | 32'(1) << abi_pkg::OpCtr | 32'(1) << abi_pkg::OpGcm
      | 32'(1) << abi_pkg::OpCmac | 32'(1) << abi_pkg::OpCbcMac | 32'(1) << abi_pkg::OpKeyLoad
      | 32'(1) << abi_pkg::OpKeyZeroise | 32'(1) << abi_pkg::OpProgramLoad
      | 32'(1) << abi_pkg::OpProgram;
  localparam logic [31:0] Steps = (32'(1) << RoleW) - 32'd2;  // all but the end
  localparam logic [23:0] TimeoutDefault = 24'd1048576;
  localparam logic [15:0] HoldDefault = 16'd64;

  logic [1:0]           ctrl_q, ctrl_n_q;
  logic [2:0]           staged_q;
  logic                 staged_valid_q, reset_q, test_start_q;
  logic [NumErrors-1:0] mask_q;
  logic [NumLanes-1:0]  lane_enable_q;
  logic [23:0]          timeout_q;
  logic [15:0]          hold_q;
  logic [63:0]          cycle_q;
  logic [31:0]          upper_q, rd_data_q, state;
  logic                 locked_q;
  logic [7:0][31:0]     key_q;    // [7] is the first
  logic                 differs, mismatch;

  logic [15:0] wr, rd;
  logic [31:0] data;
  logic        write, key_hit;
  logic [2:0]  word;

  assign wr      = {mmio_i.wr_addr[15:2], 2'b00};
  assign rd      = {mmio_i.rd_addr[15:2], 2'b00};
  assign data    = mmio_i.wr_data;
  assign write   = mmio_i.wr_valid;
  assign word    = ~wr[4:2];
  assign key_hit = write && wr[15:5] == abi_pkg::RegTransportKey[15:5] && !locked_q;

  // ---------------------------------------------------------------- control, kept twice
  assign differs  = ctrl_q != ~ctrl_n_q;
  assign mismatch = write && wr == abi_pkg::RegCtrl && staged_valid_q && data[2:0] != staged_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ctrl_q         <= '0;
      ctrl_n_q       <= '1;
      staged_q       <= '0;
      staged_valid_q <= 1'b0;
      reset_q        <= 1'b0;
    end else if (write && wr == abi_pkg::RegCtrl) begin
      staged_q       <= data[2:0];
      staged_valid_q <= !staged_valid_q;
      if (staged_valid_q && !mismatch) begin
        ctrl_q   <= data[1:0];
        ctrl_n_q <= ~staged_q[1:0];
        reset_q  <= data[2];
      end
    end
  end

  assign enable_o  = ctrl_q[0] && !ctrl_n_q[0];
  assign quiesce_o = ctrl_q[1] || !ctrl_n_q[1];
  assign reset_o   = reset_q;

  // ---------------------------------------------------------------- the others
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mask_q        <= '0;
      lane_enable_q <= '1;
      timeout_q     <= TimeoutDefault;
      hold_q        <= HoldDefault;
      locked_q      <= 1'b0;
      key_q         <= '0;
      test_start_q  <= 1'b0;
      cycle_q       <= '0;
    end else begin
      cycle_q      <= cycle_q + 64'd1;
      test_start_q <= write && wr == abi_pkg::RegSelftest && data[0] && empty_i;
      if (transport_loaded_i) key_q <= '0;
      if (key_hit) key_q[word] <= data;
      if (write) begin
        unique case (wr)
          abi_pkg::RegErrorMask:      mask_q <= data[NumErrors-1:0];
          abi_pkg::RegLaneEnable:     lane_enable_q <= data[NumLanes-1:0];
          abi_pkg::RegReadTimeout:    timeout_q <= data[23:0];
          abi_pkg::RegCompletionHold: hold_q <= data[15:0];
          abi_pkg::RegTransportLock:  locked_q <= locked_q || data[0];
          default: ;
        endcase
      end
    end
  end

  assign cycle_o           = cycle_q[31:0];
  assign lane_enable_o     = lane_enable_q;
  assign read_timeout_o    = timeout_q;
  assign completion_hold_o = hold_q;
  assign error_clear_o     = write && wr == abi_pkg::RegError;
  assign error_bits_o      = data[NumErrors-1:0];
  assign error_mask_o      = mask_q;
  assign test_start_o      = test_start_q;
  assign transport_o       = locked_q;
  assign transport_key_o   = key_q;

  // ---------------------------------------------------------------- errors
  logic   error_valid_q;
  error_t error_q;

  assign error_valid_o = error_valid_q;
  assign error_o       = error_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) error_valid_q <= 1'b0;
    else error_valid_q <= mismatch || differs;
  end

  always_ff @(posedge clk_i) begin
    error_q <= '0;
    error_q.bits[abi_pkg::ErrShadow]       <= mismatch || differs;
    error_q.bits[abi_pkg::ErrIllegalState] <= differs;
  end

  // ---------------------------------------------------------------- reads
  assign state = {17'd0, epoch_i, 2'd0, locked_q, test_running_i, test_passed_i, fatal_i,
                  quiesce_o && empty_i, idle_i};

  always_ff @(posedge clk_i) begin
    if (mmio_i.rd_valid) begin
      unique case (rd)
        abi_pkg::RegId:             rd_data_q <= abi_pkg::Magic;
        abi_pkg::RegVersion:        rd_data_q <= {16'(abi_pkg::AbiMajor), 16'(abi_pkg::AbiMinor)};
        abi_pkg::RegBuild:          rd_data_q <= Build;
        abi_pkg::RegConfiguration:  rd_data_q <= 32'(Configuration);
        abi_pkg::RegCapsOpcodes:    rd_data_q <= Opcodes;
        abi_pkg::RegCapsShape:      rd_data_q <= {8'(abi_pkg::ProgramsMax),
                                                  8'(abi_pkg::RingLog2SizeMax), 8'(NumRings),
                                                  8'(NumLanes)};
        abi_pkg::RegCapsRoom:       rd_data_q <= {16'(NumCtx), 16'(NumSlots)};
        abi_pkg::RegCapsMessage:    rd_data_q <= {16'(abi_pkg::DataBytesMax),
                                                  16'(abi_pkg::InputBytesMax)};
        abi_pkg::RegCapsLane:       rd_data_q <= {8'(SboxArch), 8'(RegsPerRound), 8'(Latency),
                                                  8'(Period)};
        abi_pkg::RegCapsClockKhz:   rd_data_q <= 32'(ClockKhz);
        abi_pkg::RegCapsDma:        rd_data_q <= {16'(ReadBytesMax), 16'(ReadTags)};
        abi_pkg::RegCapsSteps:      rd_data_q <= Steps;
        abi_pkg::RegCtrl:           rd_data_q <= {29'd0, reset_q, ctrl_q};
        abi_pkg::RegState:          rd_data_q <= state;
        abi_pkg::RegError:          rd_data_q <= 32'(error_i);
        abi_pkg::RegErrorMask:      rd_data_q <= 32'(mask_q);
        abi_pkg::RegErrorFirst:     rd_data_q <= error_first_i;
        abi_pkg::RegLaneEnable:     rd_data_q <= 32'(lane_enable_q);
        abi_pkg::RegHeartbeatLo:    rd_data_q <= cycle_q[31:0];
        abi_pkg::RegHeartbeatHi:    rd_data_q <= upper_q;
        abi_pkg::RegSelftest:       rd_data_q <= 32'(test_failed_i);
        abi_pkg::RegReadTimeout:    rd_data_q <= 32'(timeout_q);
        abi_pkg::RegCompletionHold: rd_data_q <= 32'(hold_q);
        abi_pkg::RegTransportLock:  rd_data_q <= 32'(locked_q);
        default:                    rd_data_q <= '0;
      endcase
      if (rd == abi_pkg::RegHeartbeatLo) upper_q <= cycle_q[63:32];
    end
  end
  assign rd_data_o = rd_data_q;

endmodule
