// Chooses the ring whose descriptors are read next: the one behind the last, round robin.
//
// A grant takes up to eight descriptors of a ring and a group of the descriptor buffer. The read
// request stands on req_o one cycle after the grant, until req_ready_i.

module fetch
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumRings = DefaultNumRings
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic [NumRings-1:0] want_i,
  input  logic [3:0]          count_i [NumRings],
  input  logic [15:0]         index_i [NumRings],   // of the first, in its ring
  input  logic                base_write_i,         // a ring is enabled
  input  logic [RingW-1:0]    base_ring_i,
  input  logic [63:0]         base_i,
  output logic [NumRings-1:0] fetch_o,

  input  logic                group_valid_i,  // a group is free
  input  logic [GroupW-1:0]   group_i,
  output logic                group_take_o,
  output logic [RingW-1:0]    group_ring_o,
  output logic [3:0]          group_count_o,

  output logic                req_valid_o,
  input  logic                req_ready_i,
  output read_t               req_o
);

  logic [RingW-1:0] last_q, ring;
  logic             found, go;
  logic             valid_q;
  read_t            req_q;
  logic [63:0]      base_q [RingsMax];
  logic [63:0]      addr;

  // first wanting ring behind the last one, else the first of all
  always_comb begin
    ring  = '0;
    found = 1'b0;
    for (int unsigned r = 0; r < NumRings; r++) begin
      if (!found && want_i[r] && RingW'(r) > last_q) begin
        ring  = RingW'(r);
        found = 1'b1;
      end
    end
    for (int unsigned r = 0; r < NumRings; r++) begin
      if (!found && want_i[r]) begin
        ring  = RingW'(r);
        found = 1'b1;
      end
    end
  end

  assign go = found && group_valid_i && (!valid_q || req_ready_i);

  always_comb begin
    fetch_o = '0;
    for (int unsigned r = 0; r < NumRings; r++) fetch_o[r] = go && ring == RingW'(r);
  end

  localparam int unsigned IndexW = (NumRings > 1) ? $clog2(NumRings) : 1;
  logic [IndexW-1:0] sel;
  assign sel   = ring[IndexW-1:0];
  assign addr  = base_q[ring] + {42'd0, index_i[sel], 6'd0};

  assign group_take_o  = go;
  assign group_ring_o  = ring;
  assign group_count_o = count_i[sel];
  assign req_valid_o   = valid_q;
  assign req_o         = req_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_q  <= '0;
      valid_q <= 1'b0;
    end else if (go) begin
      last_q  <= ring;
      valid_q <= 1'b1;
    end else if (req_ready_i) begin
      valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (base_write_i) base_q[base_ring_i] <= base_i;
    if (go) begin
      req_q <= '{
        addr:    addr,
        bytes:   {count_i[sel], 6'd0},
        is_desc: 1'b1,
        lane:    '0,
        ctx:     CtxW'(group_i),
        line:    '0
      };
    end
  end

endmodule
