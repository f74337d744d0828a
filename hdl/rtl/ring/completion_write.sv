// Writes gathered completions in bursts of up to 256 bytes inside a multiple of 256.
//
// A ring is written when its completions reach a multiple of 256 bytes, when no job is left in it,
// when the oldest waited completion_hold cycles, or when one of them is to interrupt; of several
// rings the one behind the last. commit_* come when the last beat was taken, and only then does
// the ring's count of completions move.

module completion_write
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumRings = DefaultNumRings
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [15:0]         hold_cycles_i,
  input  ring_ptrs_t          ptrs_i [NumRings],
  input  ring_cfg_t           cfg_i [NumRings],
  input  logic [15:0]         put_i [NumRings],
  input  logic [NumRings-1:0] irq_i,
  output logic [NumRings-1:0] irq_clear_o,

  output logic [RingW-1:0]    read_ring_o,
  output logic [2:0]          read_line_o,
  input  line_t               read_data_i,

  output logic                out_valid_o,
  input  logic                out_ready_i,
  output logic [63:0]         out_addr_o,
  output line_t               out_data_o,
  output logic [6:0]          out_bytes_o,
  output logic                out_last_o,

  output logic [4:0]          commit_o [NumRings],
  output logic [NumRings-1:0] commit_irq_o,
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

  state_e              state_q;
  logic [NumRings-1:0] want, waits;
  logic [4:0]          count [NumRings];
  logic [15:0]         age_q [NumRings];

  // ---------------------------------------------------------------- per ring
  for (genvar r = 0; r < NumRings; r++) begin : gen_ring
    logic [15:0] pending, size, to_end;
    logic [3:0]  offset;            // in 256 bytes, in 16
    logic [4:0]  to_line, burst;

    assign pending = put_i[r] - ptrs_i[r].cq_tail;
    assign waits[r] = pending != '0;
    assign size    = 16'd1 << cfg_i[r].log2_size;
    assign to_end  = size - (ptrs_i[r].cq_tail & (size - 16'd1));
    assign offset  = {cfg_i[r].cq_base[7:6], 2'd0}
                     + (cfg_i[r].wide ? {ptrs_i[r].cq_tail[2:0], 1'b0}
                                      : ptrs_i[r].cq_tail[3:0]);
    assign to_line = cfg_i[r].wide ? 5'd8 - {2'd0, offset[3:1]} : 5'd16 - {1'b0, offset};

    always_comb begin
      burst = to_line;
      if (to_end < 16'(burst)) burst = to_end[4:0];
      count[r] = (pending < 16'(burst)) ? pending[4:0] : burst;
      want[r]  = waits[r] && (irq_i[r] || pending >= 16'(burst) || pending == ptrs_i[r].jobs
                              || age_q[r] >= hold_cycles_i);
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) age_q[r] <= '0;
      else if (!waits[r] || irq_clear_o[r]) age_q[r] <= '0;
      else if (age_q[r] != '1) age_q[r] <= age_q[r] + 16'd1;
    end

    assign irq_clear_o[r]  = state_q == StPick && found && ring == IndexW'(r) && !partial;
    assign commit_o[r]     = (state_q == StCommit && ring_q == IndexW'(r)) ? count_q : '0;
    assign commit_irq_o[r] = state_q == StCommit && ring_q == IndexW'(r) && irq_q;
  end

  // ---------------------------------------------------------------- choice
  logic [IndexW-1:0] ring, ring_q;
  logic              found, partial;

  always_comb begin
    found = 1'b0;
    ring  = '0;
    for (int unsigned r = 0; r < NumRings; r++) begin
      if (!found && want[r] && IndexW'(r) > ring_q) begin
        found = 1'b1;
        ring  = IndexW'(r);
      end
    end
    for (int unsigned r = 0; r < NumRings; r++) begin
      if (!found && want[r]) begin
        found = 1'b1;
        ring  = IndexW'(r);
      end
    end
  end

  assign partial = (put_i[ring] - ptrs_i[ring].cq_tail) != 16'(count[ring]);

  // ---------------------------------------------------------------- burst
  logic [4:0]  count_q;
  logic        irq_q;
  logic [63:0] addr_q;
  logic [2:0]  line_q;
  logic [8:0]  left_q;          // bytes
  logic [15:0] index;
  logic [4:0]  offset;          // in 512 bytes, in 16
  logic [6:0]  bytes, room;
  logic [8:0]  total;
  logic        last;
  line_t       shifted;

  logic        out_valid_q, out_last_q;
  logic [63:0] out_addr_q;
  line_t       out_data_q;
  logic [6:0]  out_bytes_q;

  assign index  = ptrs_i[ring].cq_tail & ((16'd1 << cfg_i[ring].log2_size) - 16'd1);
  assign offset = {cfg_i[ring].cq_base[8:6], 2'd0}
                  + (cfg_i[ring].wide ? {ptrs_i[ring].cq_tail[3:0], 1'b0}
                                      : ptrs_i[ring].cq_tail[4:0]);
  assign total  = cfg_i[ring].wide ? 9'({count[ring], 5'd0}) : {count[ring], 4'd0};
  assign room   = 7'd64 - {1'b0, addr_q[5:0]};
  assign last   = left_q <= 9'(room);
  assign bytes  = last ? left_q[6:0] : room;

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
  assign busy_o  = state_q != StPick || |waits;
  assign event_completions_o = state_q == StCommit ? count_q : '0;

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
          if (!out_valid_q || out_ready_i) begin
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
    if (state_q == StPick && found) begin
      count_q <= count[ring];
      irq_q   <= irq_i[ring];
      addr_q  <= cfg_i[ring].cq_base
                 + (cfg_i[ring].wide ? {43'd0, index, 5'd0} : {44'd0, index, 4'd0});
      line_q  <= 3'(offset >> 2);
      left_q  <= total;
    end
    if (state_q == StRead && (!out_valid_q || out_ready_i)) begin
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
