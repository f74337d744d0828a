// The card: rings and registers in front, one cluster of AES lanes per lane behind.
//
// Every output is a register; no path leads from an input to an output without one.
// mmio_rd_valid_o follows mmio_rd_valid_i by MmioLatency cycles. Requests and beats hold until
// taken. idle_o says that nothing is inside, no timer runs and no output is pending, so that time
// may be skipped until the next input.

module card
  import card_pkg::*;
#(
  parameter int unsigned NumLanes = DefaultNumLanes,
  parameter int unsigned RegsPerRound = DefaultRegsPerRound,
  parameter int unsigned SboxArch = DefaultSboxArch,
  parameter int unsigned NumSlots = DefaultNumSlots,
  parameter int unsigned NumCtx = DefaultNumCtx,
  parameter int unsigned NumRings = DefaultNumRings,
  parameter int unsigned ReadTags = DefaultReadTags,
  parameter int unsigned Configuration = 2,
  parameter int unsigned ClockKhz = 250000,
  parameter logic [31:0] Build = '0
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         mmio_wr_valid_i,
  input  logic [15:0]  mmio_wr_addr_i,
  input  logic [31:0]  mmio_wr_data_i,
  input  logic         mmio_rd_valid_i,
  input  logic [15:0]  mmio_rd_addr_i,
  output logic         mmio_rd_valid_o,
  output logic [31:0]  mmio_rd_data_o,

  output logic         rd_req_valid_o,
  input  logic         rd_req_ready_i,
  output logic [63:0]  rd_req_addr_o,
  output logic [9:0]   rd_req_bytes_o,
  output logic [7:0]   rd_req_tag_o,
  input  logic         rd_cpl_valid_i,
  input  logic [7:0]   rd_cpl_tag_i,
  input  logic [511:0] rd_cpl_data_i,
  input  logic         rd_cpl_last_i,
  input  logic         rd_cpl_error_i,

  output logic         wr_valid_o,
  input  logic         wr_ready_i,
  output logic [63:0]  wr_addr_o,
  output logic [511:0] wr_data_o,
  output logic [6:0]   wr_bytes_o,
  output logic         wr_last_o,

  output logic         idle_o
);

endmodule
