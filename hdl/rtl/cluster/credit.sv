// Room in a queue, counted by who fills it. A credit is taken when something sets out for the
// queue and comes back when it leaves the queue.

module credit #(
  parameter int unsigned Credits = 64
) (
  input  logic clk_i,
  input  logic rst_ni,
  output logic avail_o,
  input  logic take_i,
  input  logic give_i,
  output logic fatal_o   // taken without one, or more given than taken
);

  localparam int unsigned CountW = $clog2(Credits + 1);

  logic [CountW-1:0] used_q;

  assign avail_o = used_q != CountW'(Credits);
  assign fatal_o = (take_i && !avail_o) || (give_i && used_q == '0);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      used_q <= '0;
    end else if (!fatal_o) begin
      used_q <= used_q + CountW'(take_i) - CountW'(give_i);
    end
  end

endmodule
