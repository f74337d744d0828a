// Message memory of all contexts: lines of four blocks, one column of memory for each block of a
// line. One write port; NumRead ports which read two blocks of different columns, or one line,
// per cycle. Data comes one cycle after the address and stays until the next read.

module bank
  import card_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx,
  parameter int unsigned NumRead = 2
) (
  input  logic                           clk_i,
  input  logic [3:0]                     write_i,       // columns
  input  logic [CtxW-1:0]                write_ctx_i,
  input  logic [LineW-1:0]               write_line_i,
  input  block_t [3:0]                   write_data_i,

  input  logic [NumRead-1:0][3:0]        read_i,        // columns
  input  logic [NumRead-1:0][CtxW-1:0]   read_ctx_i,
  input  logic [NumRead-1:0][3:0][LineW-1:0] read_line_i,
  output block_t [NumRead-1:0][3:0]      read_data_o
);

  localparam int unsigned Lines = NumCtx * LinesPerCtx;
  localparam int unsigned AddrW = $clog2(Lines);

  logic [AddrW-1:0] write_addr;
  logic [AddrW-1:0] read_base [NumRead];

  assign write_addr = AddrW'(write_ctx_i) * AddrW'(LinesPerCtx) + AddrW'(write_line_i);

  for (genvar p = 0; p < NumRead; p++) begin : gen_base
    assign read_base[p] = AddrW'(read_ctx_i[p]) * AddrW'(LinesPerCtx);
  end

  for (genvar c = 0; c < 4; c++) begin : gen_column
    block_t mem_q [Lines];

    always_ff @(posedge clk_i) begin
      if (write_i[c]) mem_q[write_addr] <= write_data_i[c];
    end

    for (genvar p = 0; p < NumRead; p++) begin : gen_port
      block_t data_q;
      always_ff @(posedge clk_i) begin
        if (read_i[p][c]) data_q <= mem_q[read_base[p] + AddrW'(read_line_i[p][c])];
      end
      assign read_data_o[p][c] = data_q;
    end
  end

endmodule
