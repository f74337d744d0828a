// Writes gathered completions in bursts of up to 256 bytes inside a multiple of 256.
//
// Of several rings the one behind the last. One line per cycle is read; commit_o comes when the
// last beat was taken, and only then does the ring's count of completions move.

module completion_write
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumRings = DefaultNumRings
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                base_write_i,   // a ring is enabled
  input  logic [RingW-1:0]    base_ring_i,
  input  logic [63:0]         base_i,

  // rings
  input  logic [NumRings-1:0] want_i,
  input  logic [4:0]          count_i [NumRings],
  input  logic [15:0]         index_i [NumRings],  // of the oldest, in its ring
  input  logic [4:0]          at_i [NumRings],     // its place in 512 bytes, in 16
  input  logic [NumRings-1:0] wide_i,
  input  logic [NumRings-1:0] irq_i,
  output logic [NumRings-1:0] write_o,
  output logic [NumRings-1:0] commit_o,
  output logic [4:0]          commit_count_o,
  output logic [NumRings-1:0] commit_irq_o,

  output logic [RingW-1:0]    read_ring_o,
  output logic [2:0]          read_line_o,
  input  line_t               read_data_i,

  output logic                out_valid_o,
  input  logic                out_ready_i,
  output logic [63:0]         out_addr_o,
  output line_t               out_data_o,
  output logic [6:0]          out_bytes_o,
  output logic                out_last_o,

  output logic [4:0]          event_completions_o,
  output logic                busy_o,
  output logic                fatal_o
);

  localparam int unsigned IndexW = (NumRings > 1) ? $clog2(NumRings) : 1;

  typedef enum logic [3:0] {
    StPick   = 4'b0011,
    StRead   = 4'b0101,
    StTake   = 4'b1001,
    StCommit = 4'b1110
  } state_e;

  state_e            state_q;
  logic [IndexW-1:0] ring, ring_q;
  logic              found, pick;
  logic [63:0]       base_q [RingsMax];
  logic [4:0]        count_q;
  logic              irq_q;
  logic [63:0]       addr_q;
  logic [2:0]        line_q;
  logic [8:0]        left_q;          // bytes
  logic [6:0]        bytes, room;
  logic              last, move;
  line_t             shifted;
  logic              out_valid_q, out_last_q;
  logic [63:0]       out_addr_q;
  line_t             out_data_q;
  logic [6:0]        out_bytes_q;

  // ---------------------------------------------------------------- choice
  always_comb begin
    found = 1'b0;
    ring  = '0;
    for (int unsigned r = 0; r < NumRings; r++) begin
      if (!found && want_i[r] && IndexW'(r) > ring_q) begin
        found = 1'b1;
        ring  = IndexW'(r);
      end
    end
    for (int unsigned r = 0; r < NumRings; r++) begin
      if (!found && want_i[r]) begin
        found = 1'b1;
        ring  = IndexW'(r);
      end
    end
  end

  assign pick = state_q == StPick && found;
  for (genvar r = 0; r < NumRings; r++) begin : gen_ring
    assign write_o[r]      = pick && ring == IndexW'(r);
    assign commit_o[r]     = state_q == StCommit && ring_q == IndexW'(r);
    assign commit_irq_o[r] = commit_o[r] && irq_q;
  end
  assign commit_count_o      = count_q;
  assign event_completions_o = state_q == StCommit ? count_q : '0;

  // ---------------------------------------------------------------- burst
  assign room  = 7'd64 - {1'b0, addr_q[5:0]};
  assign last  = left_q <= 9'(room);
  assign bytes = last ? left_q[6:0] : room;
  assign move  = state_q == StRead && (!out_valid_q || out_ready_i);

  assign read_ring_o = RingW'(ring_q);
  assign read_line_o = line_q;

  always_comb begin
    unique case (addr_q[5:4])
      2'd0:    shifted = read_data_i;
      2'd1:    shifted = {128'd0, read_data_i[511:128]};
      2'd2:    shifted = {256'd0, read_data_i[511:256]};
      default: shifted = {384'd0, read_data_i[511:384]};
    endcase
  end

  assign fatal_o = !(state_q inside {StPick, StRead, StTake, StCommit});
  assign busy_o  = state_q != StPick;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= StPick;
      ring_q      <= '0;
      out_valid_q <= 1'b0;
    end else begin
      unique case (state_q)
        StPick: begin
          if (found) begin
            state_q <= StRead;
            ring_q  <= ring;
          end
        end
        StRead: begin
          if (move) begin
            out_valid_q <= 1'b1;
            if (last) state_q <= StTake;
          end
        end
        StTake: begin
          if (out_ready_i) begin
            out_valid_q <= 1'b0;
            state_q     <= StCommit;
          end
        end
        StCommit: state_q <= StPick;
        default:  state_q <= state_q;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (base_write_i) base_q[base_ring_i] <= base_i;
    if (pick) begin
      count_q <= count_i[ring];
      irq_q   <= irq_i[ring];
      addr_q  <= base_q[RingW'(ring)] + (wide_i[ring] ? {43'd0, index_i[ring], 5'd0}
                                                      : {44'd0, index_i[ring], 4'd0});
      line_q  <= 3'(at_i[ring] >> 2);
      left_q  <= wide_i[ring] ? 9'({count_i[ring], 5'd0}) : {count_i[ring], 4'd0};
    end
    if (move) begin
      addr_q      <= addr_q + 64'(bytes);
      line_q      <= line_q + 3'd1;
      left_q      <= left_q - 9'(bytes);
      out_addr_q  <= addr_q;
      out_data_q  <= shifted;
      out_bytes_q <= bytes;
      out_last_q  <= last;
    end
  end

  assign out_valid_o = out_valid_q;
  assign out_addr_o  = out_addr_q;
  assign out_data_o  = out_data_q;
  assign out_bytes_o = out_bytes_q;
  assign out_last_o  = out_last_q;

endmodule
