// Brings the writes of the lanes, the completions and the interrupts to the link.
//
// Round robin between bursts; a burst stays together. Order is the callers' matter: who waits
// until its beats were taken before it announces them is never overtaken. One beat per cycle
// through one register. `hold_i` lets no new burst begin; `fatal_i` none of the lanes'.

module write_arbiter
  import card_pkg::*;
#(
  parameter int unsigned NumLanes = DefaultNumLanes,
  localparam int unsigned NumSources = NumLanes + 2
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  hold_i,
  input  logic                  fatal_i,

  input  logic [NumSources-1:0] valid_i,   // the lanes, then completions and interrupts
  output logic [NumSources-1:0] ready_o,
  input  logic [63:0]           addr_i [NumSources],
  input  line_t                 data_i [NumSources],
  input  logic [6:0]            bytes_i [NumSources],
  input  logic [NumSources-1:0] last_i,

  output logic                  wr_valid_o,
  input  logic                  wr_ready_i,
  output logic [63:0]           wr_addr_o,
  output line_t                 wr_data_o,
  output logic [6:0]            wr_bytes_o,
  output logic                  wr_last_o,

  output logic                  event_beat_o,
  output logic [6:0]            event_bytes_o,
  output logic                  stall_o,
  output logic                  quiet_o     // no burst is under way
);

  localparam int unsigned IndexW = $clog2(NumSources);

  logic [NumSources-1:0] want;
  logic [IndexW-1:0]     last_q, pick;
  logic                  locked_q, found, room, go;
  logic                  valid_q, last_beat_q;
  logic [63:0]           addr_q;
  line_t                 data_q;
  logic [6:0]            bytes_q;

  always_comb begin
    for (int unsigned s = 0; s < NumSources; s++) begin
      want[s] = valid_i[s] && !hold_i && !(fatal_i && s < NumLanes);
      if (locked_q) want[s] = valid_i[s] && last_q == IndexW'(s);
    end
  end

  always_comb begin
    found = 1'b0;
    pick  = last_q;
    for (int unsigned s = 0; s < NumSources; s++) begin
      if (!found && want[s] && IndexW'(s) > last_q) begin
        found = 1'b1;
        pick  = IndexW'(s);
      end
    end
    for (int unsigned s = 0; s < NumSources; s++) begin
      if (!found && want[s]) begin
        found = 1'b1;
        pick  = IndexW'(s);
      end
    end
  end

  assign room = !valid_q || wr_ready_i;
  assign go   = found && room;
  for (genvar s = 0; s < NumSources; s++) begin : gen_ready
    assign ready_o[s] = go && pick == IndexW'(s);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_q      <= '0;
      locked_q    <= 1'b0;
      valid_q     <= 1'b0;
      last_beat_q <= 1'b0;
      addr_q      <= '0;
      bytes_q     <= '0;
    end else if (go) begin
      last_q      <= pick;
      locked_q    <= !last_i[pick];
      valid_q     <= 1'b1;
      last_beat_q <= last_i[pick];
      addr_q      <= addr_i[pick];
      bytes_q     <= bytes_i[pick];
    end else if (wr_ready_i) begin
      valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (go) data_q <= data_i[pick];
  end

  assign wr_valid_o = valid_q;
  assign wr_addr_o  = addr_q;
  assign wr_data_o  = data_q;
  assign wr_bytes_o = bytes_q;
  assign wr_last_o  = last_beat_q;

  assign event_beat_o  = valid_q && wr_ready_i;
  assign event_bytes_o = bytes_q;
  assign stall_o       = valid_q && !wr_ready_i;
  assign quiet_o       = !valid_q && !locked_q;

endmodule
