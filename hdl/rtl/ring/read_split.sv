// Cuts the input of a job into reads of at most 512 bytes that do not cross a multiple of 512.
//
// Takes an input when idle or in the cycle in which the last read of the one before is taken; its
// first read stands on req_o in the next cycle.

module read_split
  import card_pkg::*;
  import front_pkg::*;
(
  input  logic   clk_i,
  input  logic   rst_ni,
  input  logic   input_valid_i,
  output logic   input_ready_o,
  input  input_t input_i,
  output logic   req_valid_o,
  input  logic   req_ready_i,
  output read_t  req_o
);

  logic              valid_q;
  logic [63:0]       addr_q;
  logic [BytesW-1:0] left_q;
  logic [LaneW-1:0]  lane_q;
  logic [CtxW-1:0]   ctx_q;
  logic [LineW-1:0]  line_q;

  logic [9:0] room, bytes;
  logic       last;

  assign room  = 10'd512 - {1'b0, addr_q[8:0]};
  assign last  = left_q <= BytesW'(room);
  assign bytes = last ? left_q[9:0] : room;

  assign input_ready_o = !valid_q || (last && req_ready_i);
  assign req_valid_o   = valid_q;
  assign req_o = '{
    addr:    addr_q,
    bytes:   bytes,
    is_desc: 1'b0,
    lane:    lane_q,
    ctx:     ctx_q,
    line:    line_q
  };

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
    end else if (input_ready_o) begin
      valid_q <= input_valid_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (input_ready_o && input_valid_i) begin
      addr_q <= input_i.addr;
      left_q <= input_i.bytes;
      lane_q <= input_i.lane;
      ctx_q  <= input_i.ctx;
      line_q <= '0;
    end else if (valid_q && req_ready_i) begin
      addr_q <= addr_q + 64'(bytes);
      left_q <= left_q - BytesW'(bytes);
      line_q <= line_q + LineW'(bytes >> 6);
    end
  end

endmodule
