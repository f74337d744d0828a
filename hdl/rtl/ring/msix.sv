// The interrupt table and the writes that interrupts are.
//
// A vector that fires is pending until its message was taken by the write arbiter; a masked one
// stays pending. The lowest pending vector goes first. Vectors are masked after reset.
// Register reads: rd_data_o follows mmio_i.rd_valid by one cycle, zero for other addresses.

module msix
  import front_pkg::*;
(
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  mmio_t                 mmio_i,
  output logic [31:0]           rd_data_o,

  input  logic [NumVectors-1:0] fire_i,

  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic [63:0]           out_addr_o,
  output logic [31:0]           out_data_o,
  output logic                  event_sent_o,
  output logic                  busy_o
);

  localparam int unsigned VectorW = $clog2(NumVectors);
  localparam logic [15:0] Table = abi_pkg::RegMsixTable;

  logic [31:0]           low_q [NumVectors];
  logic [31:0]           high_q [NumVectors];
  logic [31:0]           message_q [NumVectors];
  logic [NumVectors-1:0] masked_q, pending_q, ready;
  logic [VectorW-1:0]    vector, written, read;
  logic                  found, valid_q, hit, send;
  logic [63:0]           addr_q;
  logic [31:0]           data_q, rd_data_q, entry;
  logic                  unused_mmio;

  assign unused_mmio = ^{mmio_i.wr_addr[1:0], mmio_i.rd_addr[1:0]};
  assign hit         = mmio_i.wr_valid && mmio_i.wr_addr[15:8] == Table[15:8];
  assign written     = mmio_i.wr_addr[4+:VectorW];
  assign read        = mmio_i.rd_addr[4+:VectorW];
  assign ready       = pending_q & ~masked_q;

  always_comb begin
    found  = 1'b0;
    vector = '0;
    for (int unsigned v = 0; v < NumVectors; v++) begin
      if (!found && ready[v]) begin
        found  = 1'b1;
        vector = VectorW'(v);
      end
    end
  end

  assign send = found && !valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      masked_q  <= '1;
      pending_q <= '0;
      valid_q   <= 1'b0;
    end else begin
      pending_q <= (pending_q & ~(NumVectors'(send) << vector)) | fire_i;
      if (send) valid_q <= 1'b1;
      else if (out_ready_i) valid_q <= 1'b0;
      if (hit && mmio_i.wr_addr[3:2] == 2'd3) masked_q[written] <= mmio_i.wr_data[0];
    end
  end

  always_ff @(posedge clk_i) begin
    if (hit) begin
      unique case (mmio_i.wr_addr[3:2])
        2'd0:    low_q[written] <= {mmio_i.wr_data[31:2], 2'b00};
        2'd1:    high_q[written] <= mmio_i.wr_data;
        2'd2:    message_q[written] <= mmio_i.wr_data;
        default: ;
      endcase
    end
    if (send) begin
      addr_q <= {high_q[vector], low_q[vector]};
      data_q <= message_q[vector];
    end
  end

  assign out_valid_o  = valid_q;
  assign out_addr_o   = addr_q;
  assign out_data_o   = data_q;
  assign event_sent_o = valid_q && out_ready_i;
  assign busy_o       = valid_q || found;

  // ---------------------------------------------------------------- register reads
  always_comb begin
    unique case (mmio_i.rd_addr[3:2])
      2'd0:    entry = low_q[read];
      2'd1:    entry = high_q[read];
      2'd2:    entry = message_q[read];
      default: entry = {31'd0, masked_q[read]};
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (mmio_i.rd_valid) begin
      rd_data_q <= '0;
      if (mmio_i.rd_addr[15:8] == Table[15:8]) rd_data_q <= entry;
      if (mmio_i.rd_addr[15:2] == abi_pkg::RegMsixPending[15:2]) begin
        rd_data_q <= {16'd0, pending_q & masked_q};
      end
    end
  end
  assign rd_data_o = rd_data_q;

endmodule
