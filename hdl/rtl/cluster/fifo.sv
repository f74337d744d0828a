// A queue of any depth. The head is on data_o while valid_o. Pushing into a full queue or
// popping an empty one is the caller's mistake; it is shown on error_o and changes nothing.

module fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             push_i,
  input  logic [Width-1:0] data_i,
  output logic             valid_o,
  output logic [Width-1:0] data_o,
  input  logic             pop_i,
  output logic             error_o
);

  localparam int unsigned CountW = $clog2(Depth + 1);
  localparam int unsigned PtrW = (Depth > 1) ? $clog2(Depth) : 1;

  logic [Width-1:0]  mem_q [Depth];
  logic [PtrW-1:0]   head_q, tail_q;
  logic [CountW-1:0] count_q;
  logic              push, pop;

  assign push    = push_i && count_q != CountW'(Depth);
  assign pop     = pop_i && count_q != '0;
  assign valid_o = count_q != '0;
  assign data_o  = valid_o ? mem_q[head_q] : '0;
  assign error_o = push != push_i || pop != pop_i;

  always_ff @(posedge clk_i) begin
    if (push) mem_q[tail_q] <= data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q  <= '0;
      tail_q  <= '0;
      count_q <= '0;
    end else begin
      if (push) tail_q <= (tail_q == PtrW'(Depth - 1)) ? '0 : tail_q + PtrW'(1);
      if (pop) head_q <= (head_q == PtrW'(Depth - 1)) ? '0 : head_q + PtrW'(1);
      if (push != pop) count_q <= push ? count_q + CountW'(1) : count_q - CountW'(1);
    end
  end

endmodule
