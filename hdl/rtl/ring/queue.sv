// A queue of any depth with a handshake on both sides; the head is on out_data_o while it is valid.
//
// What is put in in one cycle can leave in the next. in_ready_o does not depend on out_ready_i.

module queue #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o
);

  localparam int unsigned PtrW = $clog2(Depth);

  logic [Width-1:0] mem_q [Depth];
  logic [PtrW-1:0]  head_q, tail_q;
  logic [PtrW:0]    count_q;
  logic             put, take;

  function automatic logic [PtrW-1:0] next(logic [PtrW-1:0] ptr);
    return ptr == PtrW'(Depth - 1) ? '0 : ptr + 1'b1;
  endfunction

  assign in_ready_o  = count_q != (PtrW + 1)'(Depth);
  assign out_valid_o = count_q != '0;
  assign out_data_o  = mem_q[head_q];
  assign put         = in_valid_i && in_ready_o;
  assign take        = out_valid_o && out_ready_i;

  always_ff @(posedge clk_i) begin
    if (put) mem_q[tail_q] <= in_data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q  <= '0;
      tail_q  <= '0;
      count_q <= '0;
    end else begin
      if (put) tail_q <= next(tail_q);
      if (take) head_q <= next(head_q);
      count_q <= count_q + (PtrW + 1)'(put) - (PtrW + 1)'(take);
    end
  end

endmodule
