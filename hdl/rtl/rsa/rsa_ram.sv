// A memory with one write port and one read port; data comes one cycle after the address. What is
// written in one cycle can be addressed in the next.

module rsa_ram #(
  parameter int unsigned Width = 26,
  parameter int unsigned AddrW = 9
) (
  input  logic             clk_i,
  input  logic             write_i,
  input  logic [AddrW-1:0] write_addr_i,
  input  logic [Width-1:0] write_data_i,
  input  logic [AddrW-1:0] read_addr_i,
  output logic [Width-1:0] read_data_o
);

  logic [Width-1:0] mem_q [1<<AddrW];

  always_ff @(posedge clk_i) begin
    if (write_i) mem_q[write_addr_i] <= write_data_i;
    read_data_o <= mem_q[read_addr_i];
  end

endmodule
