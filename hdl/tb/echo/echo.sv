// A device with the pins of `card` that copies host memory: it tests the way between the pins and
// Rust, and the link, without the card.
//
// Registers of 32 bits: 0x00-0x0c scratch; 0x10 source, 0x18 target (low word, then high); 0x20
// copies so many bytes, a multiple of 64 up to 512; 0x24 counts finished copies. Each line is
// written as a packet of its own, in the order in which it came. Register reads take two cycles.
// A read that came in error ends the copy without a write.

module echo (
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

  localparam logic [7:0] Tag = 8'ha5;
  localparam logic [15:0] RegBytes = 16'h20;
  localparam logic [15:0] RegCopies = 16'h24;

  logic [31:0] word_q [8];
  logic [31:0] copies_q;

  // Lines that have arrived and are not yet written; a copy has at most eight.
  logic [511:0] line_q [8];
  logic [3:0] put_q, taken_q;
  logic running_q, last_seen_q;

  logic is_register, start, arrival, shown, done;
  assign is_register = mmio_wr_addr_i < RegBytes;
  assign start = mmio_wr_valid_i && mmio_wr_addr_i == RegBytes && !running_q;
  assign arrival = rd_cpl_valid_i && rd_cpl_tag_i == Tag && running_q;
  assign shown = wr_valid_o && wr_ready_i;
  assign done = running_q && last_seen_q && put_q == taken_q && !wr_valid_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mmio_rd_valid_o <= 1'b0;
      mmio_rd_data_o <= '0;
      copies_q <= '0;
    end else begin
      mmio_rd_valid_o <= mmio_rd_valid_i;
      mmio_rd_data_o <= mmio_rd_addr_i == RegCopies ? copies_q : word_q[mmio_rd_addr_i[4:2]];
      if (done) copies_q <= copies_q + 32'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (mmio_wr_valid_i && is_register) word_q[mmio_wr_addr_i[4:2]] <= mmio_wr_data_i;
    if (arrival) line_q[put_q[2:0]] <= rd_cpl_data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rd_req_valid_o <= 1'b0;
      rd_req_addr_o <= '0;
      rd_req_bytes_o <= '0;
      running_q <= 1'b0;
    end else begin
      if (rd_req_ready_i) rd_req_valid_o <= 1'b0;
      if (start) begin
        rd_req_valid_o <= 1'b1;
        rd_req_addr_o <= {word_q[5], word_q[4]};
        rd_req_bytes_o <= mmio_wr_data_i[9:0];
        running_q <= 1'b1;
      end else if (done) begin
        running_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      put_q <= '0;
      taken_q <= '0;
      last_seen_q <= 1'b0;
      wr_valid_o <= 1'b0;
      wr_addr_o <= '0;
      wr_data_o <= '0;
    end else begin
      if (arrival) begin
        put_q <= rd_cpl_error_i ? put_q : put_q + 4'd1;
        last_seen_q <= rd_cpl_last_i;
      end
      if (shown) wr_valid_o <= 1'b0;
      if ((!wr_valid_o || shown) && taken_q != put_q) begin
        wr_valid_o <= 1'b1;
        wr_addr_o <= {word_q[7], word_q[6]} + {54'd0, taken_q, 6'd0};
        wr_data_o <= line_q[taken_q[2:0]];
        taken_q <= taken_q + 4'd1;
      end
      if (start) begin
        put_q <= '0;
        taken_q <= '0;
        last_seen_q <= 1'b0;
      end
    end
  end

  assign rd_req_tag_o = Tag;
  assign wr_bytes_o = 7'd64;
  assign wr_last_o = 1'b1;
  assign idle_o = !running_q;

  logic unused;
  assign unused = ^mmio_rd_addr_i[1:0];

endmodule
