// Resets the core of the card on request, and empties its memories after any reset.
//
// On `request_i` no new request or burst begins (hold_o); when the link is quiet, or HoldMax
// cycles later, rst_core_no falls for ResetCycles and the epoch counts up. Then clear_o runs over
// the addresses of all tables that are emptied word by word; ready_o follows. The epoch and the
// registers of this module alone live through a reset of the core.

module reset_ctl
  import front_pkg::*;
(
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              request_i,
  input  logic              quiet_i,
  output logic              rst_core_no,
  output logic              flush_o,       // high while rst_core_no is low, and before it rises
  output logic              hold_o,
  output logic              clear_valid_o,
  output logic [TableW-1:0] clear_o,
  output logic              ready_o,
  output logic [6:0]        epoch_o,
  output logic              fatal_o
);

  localparam logic [15:0] HoldMax = 16'd65535;
  localparam logic [15:0] ResetCycles = 16'd4;

  typedef enum logic [3:0] {
    StReset = 4'b0011,
    StClear = 4'b0101,
    StRun   = 4'b1001,
    StHold  = 4'b1110
  } state_e;

  state_e      state_q;
  logic [15:0] count_q;
  logic        rst_core_q, flush_q;
  logic [6:0]  epoch_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= StReset;
      count_q    <= '0;
      rst_core_q <= 1'b0;
      flush_q    <= 1'b1;
      epoch_q    <= '0;
    end else begin
      count_q <= count_q + 16'd1;
      unique case (state_q)
        StReset: begin
          if (count_q == ResetCycles - 16'd1) begin
            state_q    <= StClear;
            count_q    <= '0;
            rst_core_q <= 1'b1;
            flush_q    <= 1'b0;
          end
        end
        StClear: begin
          if (count_q[TableW-1:0] == '1) state_q <= StRun;
        end
        StRun: begin
          count_q <= '0;
          if (request_i) state_q <= StHold;
        end
        StHold: begin
          if (quiet_i || count_q == HoldMax) begin
            state_q    <= StReset;
            count_q    <= '0;
            rst_core_q <= 1'b0;
            flush_q    <= 1'b1;
            epoch_q    <= epoch_q + 7'd1;
          end
        end
        default: state_q <= state_q;
      endcase
    end
  end

  assign rst_core_no   = rst_core_q;
  assign flush_o       = flush_q;
  assign hold_o        = state_q == StHold;
  assign clear_valid_o = state_q == StClear;
  assign clear_o       = count_q[TableW-1:0];
  assign ready_o       = state_q == StRun;
  assign epoch_o       = epoch_q;
  assign fatal_o       = !(state_q inside {StReset, StClear, StRun, StHold});

endmodule
