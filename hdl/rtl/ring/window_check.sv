// Whether a buffer may be touched: its address is a multiple of 64, and all of it lies inside the
// ring's window. Combinational. An empty buffer always passes.

module window_check
  import card_pkg::*;
(
  input  logic              used_i,
  input  logic [63:0]       addr_i,
  input  logic [BytesW-1:0] bytes_i,
  input  logic [63:0]       base_i,
  input  logic [63:0]       limit_i,  // first address behind the window
  output logic              ok_o
);

  logic [63:0] past;

  assign past = addr_i + 64'(bytes_i);
  assign ok_o = !used_i
                || (addr_i[5:0] == '0 && addr_i >= base_i && past <= limit_i && past > addr_i);

endmodule
