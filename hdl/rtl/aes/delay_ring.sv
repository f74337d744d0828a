// One segment of a delay line: a circular RAM of Cycles - 1 words and the register behind it.
// What goes in comes out Cycles cycles later. Contents are not reset.

module delay_ring #(
  parameter int unsigned Width = 8,
  parameter int unsigned Cycles = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);

  localparam int unsigned Words = Cycles - 1;
  localparam int unsigned PtrW = Words > 1 ? $clog2(Words) : 1;

  (* ram_style = "distributed" *) logic [Width-1:0] ring_q [Words];
  logic [PtrW-1:0] ptr_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ptr_q <= '0;
    end else begin
      ptr_q <= (ptr_q == PtrW'(Words - 1)) ? '0 : ptr_q + PtrW'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    data_o        <= ring_q[ptr_q];
    ring_q[ptr_q] <= data_i;
  end

endmodule
