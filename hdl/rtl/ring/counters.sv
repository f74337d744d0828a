// Counters of 64 bits. Reading a low half latches the upper half for the read that follows.
// Register reads follow mmio_i by one cycle, zero for other addresses.

module counters
  import front_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [9:0]  add_i [NumCounters],
  input  mmio_t       mmio_i,
  output logic [31:0] rd_data_o
);

  localparam logic [15:0] Base = abi_pkg::RegCounter;
  localparam int unsigned IndexW = $clog2(NumCounters);

  logic [63:0]       count [NumCounters];
  logic [31:0]       upper_q, rd_data_q;
  logic [IndexW-1:0] index;
  logic              hit;
  logic              unused_mmio;

  assign unused_mmio = ^{mmio_i.wr_valid, mmio_i.wr_addr, mmio_i.wr_data, mmio_i.rd_addr[1:0]};
  assign index       = mmio_i.rd_addr[3+:IndexW];
  assign hit         = mmio_i.rd_addr[15:9] == Base[15:9] && 32'(index) < NumCounters;

  for (genvar c = 0; c < NumCounters; c++) begin : gen_counter
    counter u_counter (.clk_i, .rst_ni, .add_i(add_i[c]), .count_o(count[c]));
  end

  always_ff @(posedge clk_i) begin
    if (mmio_i.rd_valid) begin
      rd_data_q <= '0;
      if (hit && mmio_i.rd_addr[2]) begin
        rd_data_q <= upper_q;
      end else if (hit) begin
        rd_data_q <= count[index][31:0];
        upper_q   <= count[index][63:32];
      end
    end
  end
  assign rd_data_o = rd_data_q;

endmodule
